"""The NIK as people bring it: often from another province, sometimes at odds with today's papers, and still theirs.

A NIK is refused only when it cannot be one. What differs from the declared data is flagged for an officer, because
neither moving nor correcting a birth date changes the number (domain facts 6.1; dukcapil.klaten.go.id). python-stdnum
strips separators, but does not judge here: it refuses the provinces made since 2012 and knows regencies by the
statistics office's codes, not by those that stand in a NIK.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from stdnum.id import nik as stdnum_nik

from shared.identity.hidden import HiddenText
from shared.identity.refusal import ValueRefusedError
from shared.reference import REFERENCE_FOLDER, read_table
from shared.refusals import Refusal

_LENGTH: Final = 16
_FEMALE_DAY_OFFSET: Final = 40
# 6.47201E+15, or 6472014101900001.0: without its dot the latter would be another person's number.
_SPREADSHEET = re.compile(r"\d[.,]?\d*[eE]\+?\d+|\d{5,}[.,]0+", re.ASCII)


class NikRefusal(Refusal):
    """Why a text is not a NIK."""

    EMPTY = ("nik-empty", "NIK belum diisi; isi 16 angka dari KTP atau KK.", "The NIK is empty; enter the 16 digits.")
    SPREADSHEET_NUMBER = (
        "nik-spreadsheet-number",
        "NIK tersimpan sebagai bilangan di lembar kerja sehingga angkanya hilang; ubah kolom menjadi teks, "
        "lalu isi ulang dari KTP.",
        "The spreadsheet kept the NIK as a number and lost digits; format the column as text and enter it again.",
    )
    NOT_DIGITS = (
        "nik-not-digits",
        "NIK hanya terdiri dari angka; periksa huruf yang mirip angka (O dan 0, I dan 1).",
        "A NIK has digits only; look for letters that resemble digits (O and 0, I and 1).",
    )
    LENGTH = (
        "nik-length",
        "NIK harus 16 angka; hitung dan cocokkan dengan KTP atau KK.",
        "A NIK has exactly 16 digits; count them and compare with the identity card.",
    )
    SERIAL_ZERO = (
        "nik-serial-zero",
        "Empat angka terakhir NIK tidak mungkin 0000; lembar kerja sering mengganti angka terakhir dengan nol, "
        "jadi periksa KTP.",
        "The last four digits of a NIK are never 0000; spreadsheets often turn the last digit into zero, "
        "so check the identity card.",
    )
    DATE_IMPOSSIBLE = (
        "nik-date-impossible",
        "Angka ke-7 sampai ke-12 NIK bukan tanggal lahir yang mungkin; cocokkan dengan KTP atau KK.",
        "Digits 7 to 12 of the NIK are not a possible birth date; compare with the identity card.",
    )


class NikRefusedError(ValueRefusedError):
    """The text cannot be a NIK; ``reason`` is a NikRefusal."""


class NikFlag(StrEnum):
    """What an officer should look at. A flag is never a reason to refuse."""

    BIRTH_DATE_DIFFERS = "birth-date-differs"
    SEX_DIFFERS = "sex-differs"
    REGION_DIFFERS = "region-differs"  # usual for people who moved
    REGION_LEGACY = "region-legacy"  # issued before the region was renamed or split off
    REGION_UNKNOWN = "region-unknown"  # no province has this code


class Sex(StrEnum):
    """As on the identity card."""

    FEMALE = "female"
    MALE = "male"


class Declared(NamedTuple):
    """What the person or the identity card says; None where unknown. ``regency_code``: 4-digit Kemendagri code.

    Shows nothing of it when it is printed. A tuple, because one is made for each of a million rows.
    """

    birth_date: date | None = None
    sex: Sex | None = None
    regency_code: str | None = None

    def __repr__(self) -> str:
        return "<Declared>"


_NOTHING_DECLARED: Final = Declared()
_NO_FLAGS: Final[frozenset[NikFlag]] = frozenset()


class Nik(HiddenText):
    """A NIK that can be one, with what differs from the declared data in ``flags``. Never shows its digits."""

    __slots__ = ("birth_date", "flags")

    birth_date: date | None
    """The date in the number with its century chosen by the declared birth date; None when that has two answers."""
    flags: frozenset[NikFlag]

    def __init__(self, digits: str, birth_date: date | None, flags: frozenset[NikFlag]) -> None:
        super().__init__(digits)
        object.__setattr__(self, "birth_date", birth_date)
        object.__setattr__(self, "flags", flags)

    @property
    def region_code(self) -> str:
        """The regency of first registration, 4 digits, as written; with ``current_region_code`` for today's."""
        return self._text[:4]

    @property
    def current_region_code(self) -> str:
        """Today's code of the regency of first registration: Bulungan's 6404 is 6501 since North Kalimantan exists."""
        return _legacy_regions().get(self._text[:4], self._text[:4])

    @property
    def sex(self) -> Sex:
        """As the number says: women's day of birth is written plus 40."""
        return _sex(self._text[6:12])


def parse_nik(text: str, declared: Declared | None = None) -> Nik:
    """Read a NIK with or without spaces, dots and dashes.

    Raises NikRefusedError when the text cannot be a NIK. Differences from ``declared`` only set flags.
    """
    digits = _digits(text)
    if len(digits) != _LENGTH:
        raise NikRefusedError(NikRefusal.LENGTH)
    if digits.endswith("0000"):
        raise NikRefusedError(NikRefusal.SERIAL_ZERO)
    declared = declared or _NOTHING_DECLARED
    birth_date, flags = _of_birth(digits[6:12], declared.birth_date, declared.sex)
    region_flags = _of_region(digits[:4], declared.regency_code)
    return Nik(digits, birth_date, flags | region_flags if region_flags else flags)


def _digits(text: str) -> str:
    if len(text) == _LENGTH and text.isascii() and text.isdigit():
        return text
    text = text.strip().lstrip("'")
    if _SPREADSHEET.fullmatch(text):
        raise NikRefusedError(NikRefusal.SPREADSHEET_NUMBER)
    digits = stdnum_nik.compact(text)
    if not digits:
        raise NikRefusedError(NikRefusal.EMPTY)
    if not (digits.isascii() and digits.isdigit()):
        raise NikRefusedError(NikRefusal.NOT_DIGITS)
    return str(digits)


def _of_birth(
    day_month_year: str, declared_date: date | None, declared_sex: Sex | None
) -> tuple[date | None, frozenset[NikFlag]]:
    """What digits 7 to 12 mean beside what is declared."""
    candidates = _dates(day_month_year)
    if not candidates:
        raise NikRefusedError(NikRefusal.DATE_IMPOSSIBLE)
    date_agrees = declared_date is None or declared_date in candidates
    sex_agrees = declared_sex is None or _sex(day_month_year) is declared_sex
    birth_date = declared_date if declared_date in candidates else _choose(candidates, declared_date)
    if date_agrees and sex_agrees:
        return birth_date, _NO_FLAGS
    flags = set() if date_agrees else {NikFlag.BIRTH_DATE_DIFFERS}
    return birth_date, frozenset(flags if sex_agrees else flags | {NikFlag.SEX_DIFFERS})


@lru_cache(maxsize=16_384)
def _of_region(prefix: str, declared_regency: str | None) -> frozenset[NikFlag]:
    """What is odd about the regency of first registration; nothing for most people."""
    flags = set()
    if declared_regency not in (None, prefix, _legacy_regions().get(prefix, prefix)):
        flags.add(NikFlag.REGION_DIFFERS)
    if prefix in _legacy_regions():
        flags.add(NikFlag.REGION_LEGACY)
    if prefix[:2] not in _provinces():
        flags.add(NikFlag.REGION_UNKNOWN)
    return frozenset(flags)


def _sex(day_month_year: str) -> Sex:
    return Sex.FEMALE if int(day_month_year[:2]) > _FEMALE_DAY_OFFSET else Sex.MALE


@lru_cache(maxsize=65_536)
def _dates(day_month_year: str) -> tuple[date, ...]:
    """The real dates that DDMMYY can mean in 19YY and 20YY; a woman's day is written plus 40."""
    day, month, year = int(day_month_year[:2]), int(day_month_year[2:4]), int(day_month_year[4:])
    day -= _FEMALE_DAY_OFFSET if day > _FEMALE_DAY_OFFSET else 0
    dates = []
    for century in (1900, 2000):
        try:
            dates.append(date(century + year, month, day))
        except ValueError:
            continue
    return tuple(dates)


def _choose(candidates: tuple[date, ...], declared: date | None) -> date | None:
    if len(candidates) == 1:
        return candidates[0]
    return min(candidates, key=lambda candidate: abs(candidate - declared)) if declared else None


@lru_cache(maxsize=1)
def _legacy_regions() -> dict[str, str]:
    """Old prefix to today's regency code."""
    columns = ("legacy_prefix", "current_code", "name", "source", "confidence")
    rows = read_table(REFERENCE_FOLDER / "nik_legacy_prefixes.csv", columns)
    return {row["legacy_prefix"]: row["current_code"] for row in rows}


@lru_cache(maxsize=1)
def _provinces() -> frozenset[str]:
    columns = ("code", "name", "source", "confidence")
    return frozenset(row["code"] for row in read_table(REFERENCE_FOLDER / "provinces.csv", columns))
