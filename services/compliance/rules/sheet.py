"""Reads a CSV as offices make them: with or without BOM, comma, semicolon or tab, Windows line ends, any column order.

A file as a whole is refused when it cannot be read or lacks a column; everything else is decided row by row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from services.compliance.rules.states import RowOutcome
from shared.sheets.csv_rows import CsvFault, CsvFaultError, CsvRows

MAX_ROWS: Final = 200_000
MAX_CELL_CHARACTERS: Final = 500
_DELIMITERS: Final = (";", "\t", ",")
_ZIP: Final = b"PK"  # an XLSX
# What a spreadsheet would run. A plus before digits is a phone number.
_FORMULA: Final = re.compile(r"[=@\t\r]|[+-](?![\d\s]*\d)|[+-](?=.*[A-Za-z!|*/^+])")


class SheetRefusal(StrEnum):
    """Why a whole file is refused; ``file-`` before it is the code of the problem."""

    EMPTY = "empty"
    COLUMNS = "columns"
    UNREADABLE = "unreadable"
    TOO_MANY_ROWS = "too-long"
    QUOTE = "quote"
    CELL_TOO_LONG = "cell-too-long"
    CUT_OFF = "cut-off"
    CONTROL_SIGN = "control-sign"


_FAULTS: Final = {
    CsvFault.QUOTE: SheetRefusal.QUOTE,
    CsvFault.CELL_TOO_LONG: SheetRefusal.CELL_TOO_LONG,
    CsvFault.CUT_OFF: SheetRefusal.CUT_OFF,
}


class SheetRefusedError(Exception):
    """The file cannot be taken at all; ``reason`` says why, ``columns`` what the header line needs.

    ``row`` is the row to mend, where one row is to blame.
    """

    def __init__(self, reason: SheetRefusal, columns: Sequence[str], row: int | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.columns = tuple(columns)
        self.row = row


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row by its number in a spreadsheet (the header is 1) and its cells in the order of the wanted columns.

    ``refusal`` is a code of `reasons` where the row as such cannot be read; its cells are empty then.
    """

    number: int
    cells: tuple[str, ...] = field(repr=False)
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row, with a code of `reasons` where there is something to say."""

    number: int
    outcome: RowOutcome
    reason: str | None = None


def refused(number: int, reason: str) -> Outcome:
    """Row ``number`` is not taken, for ``reason``."""
    return Outcome(number, RowOutcome.REFUSED, reason)


def read_sheet(content: bytes, columns: Sequence[str], *, max_rows: int = MAX_ROWS) -> Iterator[SheetRow]:
    """The rows of ``content`` that are not blank.

    Raises:
        SheetRefusedError: at the first row or underway.
    """
    text = _text(content, columns)
    header_line = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header_line.count)
    reader = CsvRows(text, delimiter)
    records = iter(reader)
    try:
        header = [_column_name(cell) for cell in next(records, (1, []))[1]]
        if any(header.count(column) != 1 for column in columns):
            raise SheetRefusedError(SheetRefusal.COLUMNS, columns)
        positions = [header.index(column) for column in columns]
        reader.width = max(at for at, name in enumerate(header, 1) if name)
        taken_rows = 0
        for number, cells in records:
            if not any(cell.strip() for cell in cells):
                continue
            taken_rows += 1
            if taken_rows > max_rows:
                raise SheetRefusedError(SheetRefusal.TOO_MANY_ROWS, columns)
            yield _row(number, cells, len(header), positions)
    except CsvFaultError as error:
        raise SheetRefusedError(_FAULTS[error.fault], columns, error.row) from None
    if not taken_rows:
        raise SheetRefusedError(SheetRefusal.EMPTY, columns)


def _row(number: int, cells: list[str], width: int, positions: Sequence[int]) -> SheetRow:
    if len(cells) != width:
        return SheetRow(number, (), "row-cells")
    wanted = tuple(cells[position].strip() for position in positions)
    if any(len(cell) > MAX_CELL_CHARACTERS for cell in wanted):
        return SheetRow(number, (), "cell-too-long")
    if any("\n" in cell or "\r" in cell for cell in wanted):
        return SheetRow(number, (), "cell-line-break")
    if any(cell and not cell[0].isalnum() and _FORMULA.match(cell) for cell in wanted):
        return SheetRow(number, (), "cell-formula")
    return SheetRow(number, wanted)


def _text(content: bytes, columns: Sequence[str]) -> str:
    if not content.strip():
        raise SheetRefusedError(SheetRefusal.EMPTY, columns)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SheetRefusedError(SheetRefusal.UNREADABLE, columns) from None
    nul = text.find("\x00")
    if nul >= 0:
        is_text = not content.startswith(_ZIP)
        reason = SheetRefusal.CONTROL_SIGN if is_text else SheetRefusal.UNREADABLE
        raise SheetRefusedError(reason, columns, text.count("\n", 0, nul) + 1)
    if not text.strip():
        raise SheetRefusedError(SheetRefusal.EMPTY, columns)
    return text


def _column_name(cell: str) -> str:
    return "_".join(cell.strip().casefold().split())
