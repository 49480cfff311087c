"""Reads CSV so that no row is lost: where rows cannot be told apart for certain, the file is refused with the row.

A quotation mark that nobody closed makes one cell of all that follows up to the next mark. A reader that goes on then
counts one row where the office wrote hundreds, and a report of 677 wages becomes one of 4.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Final

MAX_RECORD_LINES: Final = 5  # an address with line breaks has not more
_ENDS_WITHIN: Final = "unexpected end of data"
_LARGE: Final = "field larger"


class CsvFault(Enum):
    """Why rows cannot be told apart."""

    QUOTE = "quote"  # not closed, or within a quoted cell
    CELL_TOO_LONG = "cell-too-long"
    CUT_OFF = "cut-off"


class CsvFaultError(Exception):
    """The text cannot be read as a table. ``row`` is the row of the fault, ``line`` how many lines come before it.

    ``is_at_end``: the text ends within a quoted cell; there may be more of it to come.
    """

    def __init__(self, fault: CsvFault, row: int, line: int, *, is_at_end: bool = False) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.row = row
        self.line = line
        self.is_at_end = is_at_end


class CsvRows:
    """The rows of ``text`` with their numbers, as a spreadsheet counts them; an empty line is a row without cells.

    ``width`` is how many cells a row should have; as long as it is 0, as many as most rows so far. ``is_last``: nothing
    follows this text. Raises CsvFaultError underway, or at the end for a last line that was cut off.
    """

    def __init__(self, text: str, delimiter: str, *, first_row: int = 1, width: int = 0, is_last: bool = True) -> None:
        self.next_row = first_row
        self.width = width
        self._text = text
        self._delimiter = delimiter
        self._is_last = is_last

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(io.StringIO(self._text, newline=""), delimiter=self._delimiter, strict=True)
        line = first = usual = lead = 0
        cells: list[str] = []
        try:
            for cells in reader:
                length = len(cells)
                if reader.line_num - line > 1:
                    self._check_spanned(cells, reader.line_num - line, usual, line)
                elif length == usual:
                    lead += 1
                elif length:
                    first = first or _without_empty_end(cells)
                    usual, lead = (length, 1) if lead == 0 else (usual, lead - 1)
                line = reader.line_num
                row = self.next_row
                self.next_row = row + 1
                yield row, cells
        except csv.Error as error:
            raise self._fault(str(error), line, reader.line_num) from None
        has_end = self._text.endswith(("\n", "\r"))
        if self._is_last and not has_end and _without_empty_end(cells) > 0 and len(cells) < (self.width or first):
            raise CsvFaultError(CsvFault.CUT_OFF, self.next_row - 1, line - 1)

    def _check_spanned(self, cells: Sequence[str], lines: int, usual: int, line: int) -> None:
        """Refuse a row with line breaks that may be several: the end of one and the beginning of another in a cell.

        Two marks in one column of two rows leave a row of the usual width; its cell then holds a row's separators.
        """
        broken = [cell for cell in cells if "\n" in cell or "\r" in cell]
        most = (self.width or usual) - 1
        if usual == 0:  # nothing came before: the heading
            most = 1
        fits = len(cells) in (self.width, usual) or usual == 0
        if lines > MAX_RECORD_LINES or not fits or any(cell.count(self._delimiter) >= most for cell in broken):
            raise CsvFaultError(CsvFault.QUOTE, self.next_row, line)

    def _fault(self, said: str, line: int, last_line: int) -> CsvFaultError:
        """What the reader's complaint means, ``line`` lines having been read well and ``last_line`` begun."""
        if said == _ENDS_WITHIN:
            is_at_end = last_line - line <= MAX_RECORD_LINES
            return CsvFaultError(CsvFault.QUOTE, self.next_row, line, is_at_end=is_at_end)
        fault = CsvFault.QUOTE
        if said.startswith(_LARGE) and last_line - line == 1:
            lines = io.StringIO(self._text, newline="")
            failed = next(one for number, one in enumerate(lines, 1) if number == last_line)
            fault = CsvFault.QUOTE if failed.count('"') % 2 else CsvFault.CELL_TOO_LONG
        return CsvFaultError(fault, self.next_row, line)


def _without_empty_end(cells: Sequence[str]) -> int:
    """How many cells there are up to the last one that holds something."""
    length = len(cells)
    while length and not cells[length - 1].strip():
        length -= 1
    return length
