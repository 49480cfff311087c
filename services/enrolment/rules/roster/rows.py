"""Judges one row: what cannot be a person's data is refused with a reason, what is only odd is noted.

Whether somebody may take part is another question, asked later (eligibility.py). A million rows pass here, so the
common cases are quick and repeated values (villages, dates) are remembered.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from services.enrolment.rules.occupations import is_well_formed
from services.enrolment.rules.roster.header import OPTIONAL, REQUIRED
from services.enrolment.rules.roster.refusals import RowNote, RowRefusal
from shared.identity.nik import Declared, NikFlag, Sex, parse_nik
from shared.identity.phone import PhoneRefusedError, parse_phone
from shared.identity.refusal import ValueRefusedError

_FORMULA_STARTS: Final = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")  # also in full width
_PHONE_FORM: Final = re.compile(r"\+[0-9 ().-]+")
_EMAIL_FORM: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}")
_VILLAGE_FORM: Final = re.compile(r"[1-9][0-9](?!00)[0-9]{2}(?!00)[0-9]{2}(?!0000)[0-9]{4}")
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+")
_LONGEST_NAME: Final = 150
_LONGEST_DAY: Final = 40
_LONGEST_CODE: Final = 20
_LONGEST_ADDRESS: Final = 300
_EARLIEST_YEAR: Final = 1900
_SEXES: Final = {"l": Sex.MALE, "p": Sex.FEMALE, "laki-laki": Sex.MALE, "perempuan": Sex.FEMALE}
_YES_NO: Final = {"ya": True, "y": True, "bekerja": True, "tidak": False, "t": False, "tidak bekerja": False}
_NOTES_OF_FLAGS: Final = {
    NikFlag.BIRTH_DATE_DIFFERS: RowNote.BIRTH_DATE_DIFFERS.code,
    NikFlag.SEX_DIFFERS: RowNote.SEX_DIFFERS.code,
}


class StagedPerson(NamedTuple):
    """What an accepted row says, in canonical form. Only ever stored sealed."""

    row_number: int
    nik: str
    name: str
    birth_date: str
    sex: str
    village_code: str
    occupation_code: str
    is_working: bool
    decile: int
    address: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """The judgement of a row: ``person`` when it is accepted, else the code of the ``reason``."""

    row_number: int
    person: StagedPerson | None
    reason: str | None
    notes: tuple[str, ...] = ()
    nik: str | None = None


class _RowRefusedError(Exception):
    def __init__(self, reason: RowRefusal) -> None:
        super().__init__(reason.code)
        self.reason = reason


class RowChecker:
    """Judges the rows of one roster.

    ``columns`` names each cell (`header.name_columns`), ``areas`` are the codes that the uploader works for,
    ``regencies`` those of the programme, ``today`` the day on which nobody can be born later.
    """

    def __init__(self, columns: Sequence[str], areas: Collection[str], regencies: Collection[str], today: date) -> None:
        self._width = len(columns)
        self._at = {name: columns.index(name) for name in (*REQUIRED, *OPTIONAL) if name in columns}
        self._areas = tuple(areas)
        self._regencies = frozenset(regencies)
        self._today = today
        self._villages: dict[str, str | RowRefusal] = {}

    def check(self, row_number: int, cells: Sequence[str]) -> CheckedRow | None:
        """The judgement; None for a row without any content, which does not count."""
        if len(cells) != self._width:
            cells = _trimmed(cells, self._width)
        if not any(cells) or not any(cell.strip() for cell in cells):
            return None
        nik: str | None = None
        notes: list[str] = []
        try:
            values = self._values(cells)
            birth_date = _birth_date(values["tanggal_lahir"][:_LONGEST_DAY], self._today)
            sex = _SEXES.get(values["jenis_kelamin"].lower())
            parsed = parse_nik(values["nik"], Declared(birth_date, sex))
            nik = parsed.reveal()
            notes += [_NOTES_OF_FLAGS[flag] for flag in sorted(parsed.flags) if flag in _NOTES_OF_FLAGS]
            person = self._person(row_number, nik, birth_date, sex, values, notes)
        except (ValueRefusedError, _RowRefusedError) as refused:
            return CheckedRow(row_number, None, refused.reason.code, (), nik)
        return CheckedRow(row_number, person, None, tuple(notes), nik)

    def _values(self, cells: Sequence[str]) -> dict[str, str]:
        if len(cells) != self._width:
            raise _RowRefusedError(RowRefusal.CELLS)
        values = {name: cells[place].strip() for name, place in self._at.items()}
        for name, value in values.items():
            # As it will be stored: a sign that nobody sees must not hide the one behind it.
            if value and not value[0].isalnum() and _first_visible(value) in _FORMULA_STARTS:
                if value == "-":
                    values[name] = ""
                elif name != "telepon" or not _PHONE_FORM.fullmatch(value):
                    raise _RowRefusedError(RowRefusal.FORMULA)
        return values

    def _person(
        self,
        row_number: int,
        nik: str,
        birth_date: date,
        sex: Sex | None,
        values: dict[str, str],
        notes: list[str],
    ) -> StagedPerson:
        if sex is None:
            raise _RowRefusedError(RowRefusal.SEX)
        name = _line(values["nama"])
        if not 1 < len(name) <= _LONGEST_NAME:
            raise _RowRefusedError(RowRefusal.NAME)
        occupation_code = values["kode_pekerjaan"].upper()
        if not is_well_formed(occupation_code):
            raise _RowRefusedError(RowRefusal.OCCUPATION)
        is_working = _YES_NO.get(values["status_bekerja"].lower())
        if is_working is None:
            raise _RowRefusedError(RowRefusal.WORKING)
        return StagedPerson(
            row_number=row_number,
            nik=nik,
            name=name,
            birth_date=birth_date.isoformat(),
            sex=sex.value,
            village_code=self._village(values["kode_desa"]),
            occupation_code=occupation_code,
            is_working=is_working,
            decile=_decile(values["desil"]),
            address=_address(values.get("alamat", ""), notes),
            phone=_phone(values.get("telepon", ""), notes),
            email=_email(values.get("email", ""), notes),
        )

    def _village(self, text: str) -> str:
        if len(text) > _LONGEST_CODE:  # nor remembered: what is remembered must stay small
            raise _RowRefusedError(RowRefusal.VILLAGE)
        known = self._villages.get(text)
        if known is None:
            known = self._villages[text] = self._look_up_village(text)
            if len(self._villages) > 50_000:
                self._villages.clear()
        if isinstance(known, RowRefusal):
            raise _RowRefusedError(known)
        return known

    def _look_up_village(self, text: str) -> str | RowRefusal:
        code = text.replace(".", "")
        if not _VILLAGE_FORM.fullmatch(code) or code[:4] not in self._regencies:
            return RowRefusal.VILLAGE
        return code if any(code.startswith(area) for area in self._areas) else RowRefusal.OUTSIDE_AREA


def _trimmed(cells: Sequence[str], width: int) -> Sequence[str]:
    """Without the empty cells that spreadsheets add at the end of a line."""
    kept = list(cells)
    while len(kept) > width and not kept[-1].strip():
        kept.pop()
    return kept


@lru_cache(maxsize=65_536)
def _birth_date(text: str, today: date) -> date:
    try:
        day_first = _DAY_FIRST.fullmatch(text)
        if day_first:
            day, month, year = (int(part) for part in day_first.groups())
            found = date(year, month, day)
        else:
            found = date.fromisoformat(text[:10] if len(text) > 10 and text[10] in " T" else text)
    except ValueError:
        raise _RowRefusedError(RowRefusal.BIRTH_DATE) from None
    if found.year < _EARLIEST_YEAR or found > today:
        raise _RowRefusedError(RowRefusal.BIRTH_DATE)
    return found


def _first_visible(text: str) -> str:
    """The first sign that shows; empty if there is none."""
    return next((s for s in text if not s.isspace() and unicodedata.category(s) not in ("Cc", "Cf")), "")


def _decile(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 2 and 1 <= int(text) <= 10:
        return int(text)
    raise _RowRefusedError(RowRefusal.DECILE)


def _line(text: str) -> str:
    """One line of normal text: composed letters, single spaces, no control signs."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        text = _CONTROL.sub(" ", text)
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return " ".join(text.split())


def _address(text: str, notes: list[str]) -> str:
    line = _line(text)
    if len(line) > _LONGEST_ADDRESS:
        notes.append(RowNote.ADDRESS_CUT.code)
    return line[:_LONGEST_ADDRESS]


def _phone(text: str, notes: list[str]) -> str:
    """The number in E.164; left out with a note when it cannot be one, because a wrong one is no reason to refuse."""
    if not text:
        return ""
    try:
        return parse_phone(text).reveal()
    except PhoneRefusedError as refused:
        notes.append(refused.code)
        return ""


def _email(text: str, notes: list[str]) -> str:
    if not text or _EMAIL_FORM.fullmatch(text):
        return text
    notes.append(RowNote.EMAIL_DROPPED.code)
    return ""
