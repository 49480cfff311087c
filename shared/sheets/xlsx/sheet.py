"""A sheet as a stream of rows: what lies beyond the bounds is refused once it holds something, and reserves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.sheets.refusals import MAX_COLUMNS, MAX_XLSX_ROWS, FileRefusal, FileRefusedError
from shared.sheets.xlsx.parts import Texts
from shared.sheets.xlsx.values import cell_text

_MAX_CELLS: Final = 10_000_000
_LONGEST_NUMBER: Final = 7


@dataclass(frozen=True, slots=True)
class Context:
    """What cells refer to."""

    texts: Sequence[str]
    dates: frozenset[str]
    is_1904: bool


class Sheet(Texts):
    """The rows of a sheet; ``rows`` has those that ended and were not taken yet."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.rows: list[tuple[int, list[str]]] = []
        self._context = context
        self._row, self._column, self._count = 0, 0, 0
        self._cells: list[str] = []
        self._kind, self._is_date = "n", False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "v":
            self._is_text = True
        elif name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            self._begin_row(attributes)
        else:
            self.mark(name, is_begin=True)

    def end(self, name: str) -> None:
        if name == "v":
            self._is_text = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            if self._cells:
                self.rows.append((self._row, self._cells))
            self._cells = []
        else:
            self.mark(name, is_begin=False)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        if number is not None and len(number.lstrip("0")) > _LONGEST_NUMBER:
            raise FileRefusedError(FileRefusal.XLSX_TOO_LARGE)
        row = self._row + 1 if number is None else int(number)
        if row <= self._row:
            raise FileRefusedError(FileRefusal.XLSX_UNREADABLE)
        self._row, self._column = row, 0

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MAX_CELLS:
            raise FileRefusedError(FileRefusal.XLSX_TOO_LARGE)
        reference = attributes.get("r")
        self._column = self._column + 1 if reference is None else _column(reference)
        self._kind = attributes.get("t", "n")
        self._is_date = attributes.get("s") in self._context.dates

    def _end_cell(self) -> None:
        text = self.taken()
        if not text:
            return
        known = self._context
        value = cell_text(self._kind, text, known.texts, is_date=self._is_date, is_1904=known.is_1904)
        if not value:
            return
        if self._column > MAX_COLUMNS or self._row > MAX_XLSX_ROWS + 1:
            raise FileRefusedError(FileRefusal.XLSX_TOO_LARGE)
        self._cells += [""] * (self._column - len(self._cells))
        self._cells[self._column - 1] = value


def _column(reference: str) -> int:
    """The column of ``AB12``, counted from one; whatever is longer than four letters lies beyond all bounds."""
    number = 0
    for letter in reference.rstrip("0123456789")[:4]:
        if not "A" <= letter <= "Z":
            raise FileRefusedError(FileRefusal.XLSX_UNREADABLE)
        number = number * 26 + ord(letter) - 64
    if number == 0:
        raise FileRefusedError(FileRefusal.XLSX_UNREADABLE)
    return number
