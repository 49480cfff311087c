"""Files of the sample: written whole under a temporary name, hashed as they are written, the same bytes for a seed."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Final

import xlsxwriter

SHEET_ROWS: Final = 1_048_575  # a sheet holds 1,048,576 rows, one is the header
BLOCK_ROWS: Final = 2000
_CREATED: Final = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # else two files of one seed differ


@dataclass(frozen=True)
class Written:
    """A finished file."""

    name: str
    rows: int
    bytes: int
    sha256: str


class CsvFile:
    """A CSV in UTF-8 that grows block by block; ``close`` gives it its name."""

    def __init__(self, folder: Path, name: str, columns: Sequence[str]) -> None:
        self._path = folder / name
        self._temporary = folder / f".{name}.tmp"
        self._file = self._temporary.open("wb")
        self._digest = hashlib.sha256()
        self._rows, self._bytes = -1, 0
        self.write([columns])

    def write(self, rows: Sequence[Sequence[object]]) -> None:
        """Append some rows."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        content = text.getvalue().encode()
        self._digest.update(content)
        self._bytes += self._file.write(content)
        self._rows += len(rows)

    def close(self) -> Written:
        """Finish the file."""
        self._file.close()
        self._temporary.replace(self._path)
        return Written(self._path.name, self._rows, self._bytes, self._digest.hexdigest())


def write_csv(folder: Path, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Written:
    """Write a CSV, some thousand rows at a time."""
    file, source = CsvFile(folder, name, columns), iter(rows)
    while block := list(islice(source, BLOCK_ROWS)):
        file.write(block)
    return file.close()


def write_sheet(
    folder: Path,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    dates: frozenset[str] = frozenset(),
    numbers: frozenset[str] = frozenset(),
) -> Written:
    """Write an XLSX as an office would: text in text cells, real dates and numbers where ``dates`` and ``numbers`` say.

    One row at a time, at most ``SHEET_ROWS``. A date that is none stays text.
    """
    temporary = folder / f".{name}.tmp"
    settings = {"constant_memory": True, "tmpdir": str(folder)}
    count = 0
    with xlsxwriter.Workbook(str(temporary), settings) as book:
        book.set_properties({"created": _CREATED, "title": "Data contoh; tidak ada orang sungguhan"})
        sheet = book.add_worksheet("daftar")
        as_date = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, columns)
        kinds = [1 if column in dates else 2 if column in numbers else 0 for column in columns]
        for count, row in enumerate(rows, start=1):
            for column, (kind, value) in enumerate(zip(kinds, row, strict=True)):
                if not value:
                    continue
                day = _real_date(value) if kind == 1 else None
                if day is not None:
                    sheet.write_datetime(count, column, day, as_date)
                elif kind == 2:
                    sheet.write_number(count, column, int(value))
                else:
                    sheet.write_string(count, column, value)
    temporary.replace(folder / name)
    return described(folder, name, count)


def write_text(folder: Path, name: str, content: str) -> Written:
    """Write a small text file."""
    temporary = folder / f".{name}.tmp"
    temporary.write_text(content, encoding="utf-8")
    temporary.replace(folder / name)
    return described(folder, name, content.count("\n"))


def described(folder: Path, name: str, rows: int) -> Written:
    """Size and SHA-256 of a finished file."""
    path = folder / name
    with path.open("rb") as file:
        return Written(name, rows, path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _real_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
