"""What a cell of a workbook says, as it would stand in a CSV: dates by their style, numbers still recognisable as such.

A spreadsheet keeps a date as a number of days; only the style of the cell tells that it is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

# ECMA-376 part 1, section 18.8.30: the number formats that are dates without saying so in the file.
_BUILT_IN_DATES: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_NO_PART_OF_A_DATE: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_PART_OF_A_DATE: Final = re.compile("[dmyhs]", re.IGNORECASE)
_ESCAPED_CONTROL: Final = re.compile("_x00[01][0-9A-Fa-f]_")
_DAY_ZERO: Final = date(1899, 12, 30)
_DAY_ZERO_1904: Final = date(1904, 1, 1)
_LAST_DAY: Final = 2_958_465  # 31 December 9999
# 16 digits, as a NIK has, are more than a spreadsheet's number can hold.
_EXACT_BELOW: Final = 1e15


def is_date_format(number_format: int, code: str | None) -> bool:
    """Whether a number format shows dates: one of the built-in ones, or a ``code`` with day, month or year in it."""
    if code is None:
        return number_format in _BUILT_IN_DATES
    return _PART_OF_A_DATE.search(_NO_PART_OF_A_DATE.sub("", code)) is not None


def cell_text(kind: str, text: str, shared: Sequence[str], *, is_date: bool, is_1904: bool) -> str:
    """The cell's text. ``kind`` is its type in the file. Raises ValueError or IndexError for what no workbook holds."""
    if kind == "s":
        place = int(text)
        if place < 0:
            raise IndexError(place)
        return shared[place]
    if kind == "b":
        return "ya" if text.strip() == "1" else "tidak"
    if kind != "n" or not text:
        return plain(text)
    number = float(text)
    if is_date and 0 < number <= _LAST_DAY:
        return ((_DAY_ZERO_1904 if is_1904 else _DAY_ZERO) + timedelta(days=int(number))).isoformat()
    if number.is_integer():
        # What may have lost digits keeps the sign that it was a number, so that the row is refused with that reason.
        return str(int(number)) if abs(number) < _EXACT_BELOW else repr(number)
    return str(number)


def plain(text: str) -> str:
    """Text without the signs that a workbook writes for control characters."""
    return _ESCAPED_CONTROL.sub(" ", text) if "_x00" in text else text


def date_styles(formats: Sequence[int], codes: Mapping[int, str]) -> frozenset[str]:
    """The styles (as cells name them) that show dates. ``formats`` has each style's number format."""
    return frozenset(str(at) for at, number in enumerate(formats) if is_date_format(number, codes.get(number)))
