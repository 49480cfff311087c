"""Reads an XLSX workbook that a stranger sent: bounded before the library that reads it whole gets to see it.

The library makes room for every cell between the first and the last one, so a file of a kilobyte with one cell in the
far corner would take all memory. The look beforehand goes through the XML as a stream and knows the bounds.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final
from xml.parsers import expat

import python_calamine

from services.enrolment.rules.roster.refusals import MAX_COLUMNS, MAX_XLSX_ROWS, FileRefusal, FileRefusedError

_MAX_UNPACKED_BYTES: Final = 32 * 1024 * 1024
_MAX_ENTRIES: Final = 500
_PIECE_BYTES: Final = 256 * 1024
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)
_CANCELLATIONS: Final = (KeyboardInterrupt, SystemExit, GeneratorExit)


def read_xlsx(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet, numbered as the sheet numbers them. Raises FileRefusedError."""
    _check_bounds(content)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except BaseException as error:
        # The library is written in Rust and may panic on a file; a panic is no ordinary Exception.
        if isinstance(error, _CANCELLATIONS):
            raise
        raise FileRefusedError(FileRefusal.XLSX_UNREADABLE) from None
    for number, row in enumerate(rows, start=1):
        yield number, [_text(value) for value in row]


def _check_bounds(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if "xl/workbook.xml" not in names:
                raise FileRefusedError(FileRefusal.NOT_A_TABLE)
            if len(entries) > _MAX_ENTRIES or len(names) < len(entries):
                raise FileRefusedError(FileRefusal.XLSX_UNREADABLE)
            left_bytes = _MAX_UNPACKED_BYTES
            for entry in entries:
                left_bytes -= _check_entry(archive, entry, left_bytes)
    except _DAMAGE:
        raise FileRefusedError(FileRefusal.XLSX_UNREADABLE) from None


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left_bytes: int) -> int:
    """Unpack an entry without keeping it; gives its real size, whatever the archive declares."""
    bounds = _CellBounds() if entry.filename.lower().endswith((".xml", ".rels")) else None
    size_bytes = 0
    with archive.open(entry) as file:
        while piece := file.read(_PIECE_BYTES):
            size_bytes += len(piece)
            if size_bytes > left_bytes:
                raise FileRefusedError(FileRefusal.XLSX_TOO_LARGE)
            if bounds is not None:
                bounds.feed(piece)
    return size_bytes


class _CellBounds:
    """Refuses XML that names a cell beyond the bounds, or that defines entities."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype

    def feed(self, piece: bytes) -> None:
        self._parser.Parse(piece, False)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name[-1] != "c" and not name.endswith("row"):
            return
        reference = attributes.get("r")
        if reference is None:
            return
        letters = reference.rstrip("0123456789")
        digits = reference[len(letters) :]
        if (digits and int(digits[:9]) > MAX_XLSX_ROWS + 1) or _column(letters) > MAX_COLUMNS:
            raise FileRefusedError(FileRefusal.XLSX_TOO_LARGE)

    def _refuse_doctype(self, *_: Any) -> None:
        raise FileRefusedError(FileRefusal.XLSX_UNREADABLE)


def _column(letters: str) -> int:
    number = 0
    for letter in letters[:4].upper():
        number = number * 26 + ord(letter) - 64
    return number


def _text(value: object) -> str:
    """A cell as it would stand in a CSV. A number stays recognisable as one, because it may have lost digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, float) and value.is_integer():
        # 16 digits, as a NIK has, are more than a spreadsheet's number can hold: leave the sign that it was one.
        return str(int(value)) if abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)
