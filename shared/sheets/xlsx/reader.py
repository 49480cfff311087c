"""Reads an XLSX workbook that a stranger sent, as a stream: no size that the file declares reserves any memory.

Libraries that give a sheet as a grid make room for every cell up to the last one, and repeat a shared text for each
cell that refers to it: a file of a kilobyte then takes all memory and ends the process.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final, TypeVar
from xml.parsers import expat

from shared.sheets.refusals import FileRefusal, FileRefusedError
from shared.sheets.xlsx.parts import Part, Relationships, SharedTexts, Styles, Workbook
from shared.sheets.xlsx.sheet import Context, Sheet

_MAX_SHEET_BYTES: Final = 256 * 1024 * 1024
_MAX_PART_BYTES: Final = 64 * 1024 * 1024
_MAX_ENTRIES: Final = 500
_PIECE_BYTES: Final = 64 * 1024
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    LookupError,
)

PartT = TypeVar("PartT", bound=Part)


def read_xlsx(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first visible sheet that hold something, numbered as the sheet numbers them.

    All are at least as wide as the first. Raises FileRefusedError.
    """
    width = 0
    for number, cells in _guarded(content):
        width = width or len(cells)
        yield number, cells + [""] * (width - len(cells))


def _guarded(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from _rows(archive)
    except _DAMAGE:
        raise FileRefusedError(FileRefusal.XLSX_UNREADABLE) from None


def _rows(archive: zipfile.ZipFile) -> Iterator[tuple[int, list[str]]]:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names:
        raise FileRefusedError(FileRefusal.NOT_A_TABLE)
    if len(entries) > _MAX_ENTRIES or len(names) < len(entries):
        raise FileRefusedError(FileRefusal.XLSX_UNREADABLE)
    book = _whole(archive, "xl/workbook.xml", Workbook())
    known = _whole(archive, "xl/_rels/workbook.xml.rels", Relationships())
    texts, styles = SharedTexts(), Styles()
    if known.shared_texts in names:
        _whole(archive, str(known.shared_texts), texts)
    if known.styles in names:
        _whole(archive, str(known.styles), styles)
    sheet = Sheet(Context(texts.texts, styles.dates, book.is_1904))
    for piece in _pieces(archive, known.targets[book.first_sheet or ""], _MAX_SHEET_BYTES):
        sheet.feed(piece)
        yield from sheet.rows
        sheet.rows.clear()
    sheet.finish()


def _whole(archive: zipfile.ZipFile, name: str, part: PartT) -> PartT:
    for piece in _pieces(archive, name, _MAX_PART_BYTES):
        part.feed(piece)
    part.finish()
    return part


def _pieces(archive: zipfile.ZipFile, name: str, max_bytes: int) -> Iterator[bytes]:
    """An entry in pieces, by its real size, whatever the archive declares."""
    size_bytes = 0
    with archive.open(name) as file:
        while piece := file.read(_PIECE_BYTES):
            size_bytes += len(piece)
            if size_bytes > max_bytes:
                raise FileRefusedError(FileRefusal.XLSX_TOO_LARGE)
            yield piece
