"""Reads single cells of a roster: names, dates, codes, addresses, as they will be stored.

The common case of each is one or two comparisons; whatever looks odd takes the thorough way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Final

from services.enrolment.rules.roster.refusals import RowNote, RowRefusal
from shared.identity.nik import Declared, Sex
from shared.identity.phone import PhoneRefusedError, parse_phone

_FORMULA_STARTS: Final = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")  # also in full width
# Between cells stands a sign with which no stripped cell begins. What begins with a letter or digit is no formula.
_CELL_END: Final = "\x1f"
_MAYBE_FORMULA: Final = re.compile(rf"(?:^|{_CELL_END})[^\w{_CELL_END}]")
# With what a spreadsheet adds; the number is kept only as it is read, never as it stands here.
_PHONE_FORM: Final = re.compile(r"\+(?:[0-9\s().,/-]|(?<=[/\s])\+)*(?:[eE]\+?[0-9]{1,3})?")
_EMAIL_FORM: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}")
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+")
_LONGEST_NAME: Final = 150
_LONGEST_DAY: Final = 40
_LONGEST_ADDRESS: Final = 300
_EARLIEST_YEAR: Final = 1900
_SEXES: Final = {
    **dict.fromkeys(("L", "l", "laki-laki"), Sex.MALE),
    **dict.fromkeys(("P", "p", "perempuan"), Sex.FEMALE),
}
SEX_TEXTS: Final = {Sex.MALE: Sex.MALE.value, Sex.FEMALE: Sex.FEMALE.value}
_YES_NO: Final = {"ya": True, "y": True, "bekerja": True, "tidak": False, "t": False, "tidak bekerja": False}
_DECILES: Final = {form: decile for decile in range(1, 11) for form in (str(decile), f"{decile:02d}")}


class RowRefusedError(Exception):
    """The row is refused for ``reason``."""

    def __init__(self, reason: RowRefusal) -> None:
        super().__init__(reason.code)
        self.reason = reason


def trimmed(cells: Sequence[str], width: int) -> Sequence[str]:
    """Without the empty cells that spreadsheets add at the end of a line."""
    kept = list(cells)
    while len(kept) > width and not kept[-1].strip():
        kept.pop()
    return kept


def without_formulas(values: tuple[str, ...]) -> tuple[str, ...]:
    """The stripped cells, a lone dash emptied. Raises RowRefusedError for what a spreadsheet would calculate."""
    if not _MAYBE_FORMULA.search(_CELL_END.join(values)):
        return values
    return tuple("" if value == "-" else _no_formula(value) for value in values)


def phone_without_formula(value: str) -> str:
    """The same for a telephone number, which may begin with a plus."""
    if value == "-":
        return ""
    return value if value[:1].isalnum() or _PHONE_FORM.fullmatch(value) else _no_formula(value)


def _no_formula(value: str) -> str:
    # As it will be stored: a sign that nobody sees must not hide the one behind it.
    if value and not value[0].isalnum() and _first_visible(value) in _FORMULA_STARTS:
        raise RowRefusedError(RowRefusal.FORMULA)
    return value


def _first_visible(text: str) -> str:
    """The first sign that shows; empty if there is none."""
    return next((s for s in text if not s.isspace() and unicodedata.category(s) not in ("Cc", "Cf")), "")


def born(day: str, sex: str, today: date) -> tuple[Declared, str]:
    """What the row declares, to compare a NIK with, and the birth date in ISO form; no sex where it is neither.

    Raises RowRefusedError for a date that cannot be one.
    """
    birth_date = _birth_date(day[:_LONGEST_DAY], today)
    declared_sex = _SEXES.get(sex) or _SEXES.get(sex.lower())
    return Declared(birth_date, declared_sex), birth_date.isoformat()


def _birth_date(text: str, today: date) -> date:
    try:
        day_first = None if text[4:5] == "-" else _DAY_FIRST.fullmatch(text)
        if day_first:
            day, month, year = (int(part) for part in day_first.groups())
            birth_date = date(year, month, day)
        else:
            birth_date = date.fromisoformat(text[:10] if len(text) > 10 and text[10] in " T" else text)
    except ValueError:
        raise RowRefusedError(RowRefusal.BIRTH_DATE) from None
    if birth_date.year < _EARLIEST_YEAR or birth_date > today:
        raise RowRefusedError(RowRefusal.BIRTH_DATE)
    return birth_date


def name(text: str) -> str:
    """A name on one line. Raises RowRefusedError."""
    line = _line(text)
    if not 1 < len(line) <= _LONGEST_NAME:
        raise RowRefusedError(RowRefusal.NAME)
    return line


def works(text: str) -> bool:
    """Whether the person works. Raises RowRefusedError."""
    is_working = _YES_NO.get(text)
    if is_working is None:
        is_working = _YES_NO.get(text.lower())
    if is_working is None:
        raise RowRefusedError(RowRefusal.WORKING)
    return is_working


def decile(text: str) -> int:
    """The welfare decile, 1 to 10. Raises RowRefusedError."""
    number = _DECILES.get(text)
    if number is None:
        raise RowRefusedError(RowRefusal.DECILE)
    return number


def address(text: str, notes: list[str]) -> str:
    """An address on one line; too long a one is cut with a note."""
    line = _line(text)
    if len(line) > _LONGEST_ADDRESS:
        notes.append(RowNote.ADDRESS_CUT.code)
    return line[:_LONGEST_ADDRESS]


def phone(text: str, notes: list[str]) -> str:
    """The number in E.164; left out with a note when it cannot be one, because a wrong one is no reason to refuse."""
    if not text:
        return ""
    try:
        return parse_phone(text).reveal()
    except PhoneRefusedError as refused:
        notes.append(refused.code)
        return ""


def email(text: str, notes: list[str]) -> str:
    """The address; left out with a note when it cannot be one."""
    if not text or _EMAIL_FORM.fullmatch(text):
        return text
    notes.append(RowNote.EMAIL_DROPPED.code)
    return ""


def _line(text: str) -> str:
    """One line of normal text: composed letters, single spaces, no control signs."""
    if text.isascii():
        if text.isprintable() and "  " not in text:
            return text.strip(" ")
    else:
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        text = _CONTROL.sub(" ", text)
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return " ".join(text.split())
