"""How amounts, days and months are written for people, in Indonesian and English."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final

from shared.money import Rupiah
from shared.periods import Month

_MONTHS: Final[Mapping[str, Sequence[str]]] = {
    "id": (
        *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
        *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_AND: Final = {"id": "dan", "en": "and"}
_PROGRAMMES: Final[Mapping[str, Mapping[str, str]]] = {
    "id": {
        "JKK": "kecelakaan kerja (JKK)",
        "JKM": "kematian (JKM)",
        "JHT": "hari tua (JHT)",
        "JP": "pensiun (JP)",
        "JKP": "kehilangan pekerjaan (JKP)",
    },
    "en": {
        "JKK": "work accidents (JKK)",
        "JKM": "death (JKM)",
        "JHT": "old age (JHT)",
        "JP": "pension (JP)",
        "JKP": "loss of work (JKP)",
    },
}
_SOMEBODY: Final = {"id": "Bapak/Ibu", "en": "Sir or Madam"}
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Text:
    """A finished message. Personal: never logged."""

    subject: str = field(repr=False)
    body: str = field(repr=False)


def month_text(month: Month, language: str) -> str:
    """``November 2026`` in the language."""
    return f"{_MONTHS[language][month.month - 1]} {month.year}"


def date_text(day: date, language: str) -> str:
    """``16 November 2026``: the day first, as both languages write it in Indonesia."""
    return f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}"


def list_text(parts: Sequence[str], language: str) -> str:
    """``a, b dan c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {_AND[language]} {parts[-1]}"


def name_text(name: str, language: str) -> str:
    """A name on one line, without control characters; a polite form of address where there is none."""
    clean = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    return clean[:_LONGEST_NAME].strip() or _SOMEBODY[language]


def _programmes_text(codes: Sequence[str], language: str) -> str:
    return list_text([_PROGRAMMES[language].get(code, code) for code in codes], language)


def _rupiah_text(amount_rupiah: int, _: str) -> str:
    return Rupiah(amount_rupiah).format()


def _iso_date_text(day: str, language: str) -> str:
    return date_text(date.fromisoformat(day), language)


def _months_text(months: Sequence[str], language: str) -> str:
    return list_text([month_text(Month.parse(month), language) for month in months], language)


# Fact -> the placeholder it fills and how it is written.
_WRITTEN: Final[Mapping[str, tuple[str, Callable[[Any, str], str]]]] = {
    "programmes": ("programmes", _programmes_text),
    "registered_on": ("registered_on", _iso_date_text),
    "enrolled_on": ("enrolled_on", _iso_date_text),
    "amount_rupiah": ("amount", _rupiah_text),
    "paid_on": ("paid_on", _iso_date_text),
    "unpaid_months": ("unpaid_months", _months_text),
    "pay_by": ("pay_by", _iso_date_text),
    "due_on": ("due_on", _iso_date_text),
    "as_of": ("as_of", _iso_date_text),
    "outstanding_rupiah": ("outstanding", _rupiah_text),
    "fine_rupiah": ("fine", _rupiah_text),
}


# A month's messages say nearly the same to everybody.
@lru_cache(maxsize=4096)
def values_of(period: Month, facts: str, language: str) -> Mapping[str, str]:
    """What the placeholders of a message stand for, all but ``name``: ``facts`` is a notice's JSON."""
    values = {"month": month_text(period, language)}
    for fact, value in json.loads(facts).items():
        placeholder, write = _WRITTEN[fact]
        values[placeholder] = write(value, language)
    return values
