"""What a file is, by its bytes and not by its name: an XLSX that is called .csv is read as XLSX, and the reverse."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final, Literal

from shared.sheets.refusals import MAX_XLSX_BYTES, FileRefusal, FileRefusedError

FileKind = Literal["csv", "xlsx"]
UTF_8_BOM: Final = codecs.BOM_UTF8
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# The bytes that Windows-1252 leaves open, and control bytes that no table has.
_NOT_CP1252: Final = bytes({0x81, 0x8D, 0x8F, 0x90, 0x9D})
_NOT_TEXT: Final = bytes(set(range(32)) - {0x09, 0x0A, 0x0D})


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
        self._is_text = True
        self._is_blank = True

    def feed(self, chunk: bytes) -> None:
        """Look at the next chunk."""
        if len(self._head) < 16:
            self._head += chunk[:16]
        self._size_bytes += len(chunk)
        self._is_blank = self._is_blank and not chunk.removeprefix(UTF_8_BOM).strip()
        if self._head.startswith(_ZIP):
            return
        self._is_text = self._is_text and chunk.translate(None, _NOT_TEXT) == chunk
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
        if not self._is_text:
            raise FileRefusedError(FileRefusal.NOT_A_TABLE)
        if self._ends_as_utf_8():
            return Content("csv", "utf-8", self._size_bytes)
        if self._is_cp1252:
            return Content("csv", "cp1252", self._size_bytes)
        raise FileRefusedError(FileRefusal.ENCODING)

    def _ends_as_utf_8(self) -> bool:
        if self._utf_8 is None:
            return False
        try:
            self._utf_8.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True
