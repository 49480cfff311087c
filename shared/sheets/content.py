"""What a file is, by its bytes and not by its name: an XLSX that is called .csv is read as XLSX, and the reverse."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final, Literal

from shared.sheets.refusals import MAX_XLSX_BYTES, FileRefusal, FileRefusedError

FileKind = Literal["csv", "xlsx"]
UTF_8_BOM: Final = codecs.BOM_UTF8
_HEAD_BYTES: Final = 64
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# The bytes that Windows-1252 leaves open, and control bytes that no table has.
_NOT_CP1252: Final = bytes({0x81, 0x8D, 0x8F, 0x90, 0x9D})
_NOT_TEXT: Final = bytes(set(range(32)) - {0x09, 0x0A, 0x0D})
# A first line with the separator of a table, as no picture and no PDF has.
_MAYBE_HEADING: Final = re.compile(rb"(?:\xef\xbb\xbf)?[^\x00-\x08\x0e-\x1f\n]*[,;\t|]")


@dataclass(frozen=True, slots=True)
class Content:
    """A file that can be read: its kind, its encoding (``utf-8`` or ``cp1252`` for CSV) and its size."""

    kind: FileKind
    encoding: str
    size_bytes: int


class Inspector:
    """Looks at a file while it passes, chunk by chunk, and says what it is."""

    def __init__(self) -> None:
        self._head = b""
        self._size_bytes = 0
        self._utf_8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self._is_cp1252 = True
        self._is_blank = True
        self._line_ends = 0
        self._odd_row: int | None = None

    def feed(self, chunk: bytes) -> None:
        """Look at the next chunk."""
        if len(self._head) < _HEAD_BYTES:
            self._head += chunk[:_HEAD_BYTES]
        self._size_bytes += len(chunk)
        self._is_blank = self._is_blank and not chunk.removeprefix(UTF_8_BOM).strip()
        if self._head.startswith(_ZIP):
            return
        if self._odd_row is None:
            self._look_for_odd_signs(chunk)
        self._is_cp1252 = self._is_cp1252 and chunk.translate(None, _NOT_CP1252) == chunk
        if self._utf_8 is not None:
            try:
                self._utf_8.decode(chunk)
            except UnicodeDecodeError:
                self._utf_8 = None

    def finish(self) -> Content:
        """What the file is. Raises FileRefusedError."""
        if self._is_blank:
            raise FileRefusedError(FileRefusal.EMPTY)
        if self._head.startswith(_ZIP):
            if self._size_bytes > MAX_XLSX_BYTES:
                raise FileRefusedError(FileRefusal.XLSX_TOO_LARGE)
            return Content("xlsx", "", self._size_bytes)
        if self._head.startswith(_OLE):
            raise FileRefusedError(FileRefusal.OLD_EXCEL)
        if self._head.startswith(_UTF_16):
            raise FileRefusedError(FileRefusal.UTF_16)
        if self._odd_row is not None:
            if self._odd_row > 1 and _MAYBE_HEADING.match(self._head):
                raise FileRefusedError(FileRefusal.CONTROL_SIGN, {"row": str(self._odd_row)})
            raise FileRefusedError(FileRefusal.NOT_A_TABLE)
        if self._ends_as_utf_8():
            return Content("csv", "utf-8", self._size_bytes)
        if self._is_cp1252:
            return Content("csv", "cp1252", self._size_bytes)
        raise FileRefusedError(FileRefusal.ENCODING)

    def _look_for_odd_signs(self, chunk: bytes) -> None:
        """Note in which row a sign stands that no table has."""
        rest = chunk.translate(None, _NOT_TEXT)
        if rest == chunk:
            self._line_ends += chunk.count(b"\n")
        else:
            before = next(at for at, byte in enumerate(chunk) if byte in _NOT_TEXT)
            self._odd_row = self._line_ends + chunk.count(b"\n", 0, before) + 1

    def _ends_as_utf_8(self) -> bool:
        if self._utf_8 is None:
            return False
        try:
            self._utf_8.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True
