"""Judges one row: what cannot be a person's data is refused with a reason, what is only odd is noted.

Whether somebody may take part is another question, asked later (eligibility.py). A million rows pass here, so the
common cases are quick and repeated values (villages, dates) are remembered.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from operator import itemgetter
from typing import Final, NamedTuple

from services.enrolment.rules.occupations import is_well_formed
from services.enrolment.rules.roster import cells as read
from services.enrolment.rules.roster.cells import RowRefusedError
from services.enrolment.rules.roster.header import REQUIRED
from services.enrolment.rules.roster.refusals import RowNote, RowRefusal
from shared.identity.nik import NikFlag, Sex, parse_nik
from shared.identity.refusal import ValueRefusedError

_VILLAGE_FORM: Final = re.compile(r"[1-9][0-9](?!00)[0-9]{2}(?!00)[0-9]{2}(?!0000)[0-9]{4}")
_LONGEST_CODE: Final = 20
_REMEMBERED_VILLAGES: Final = 50_000
_NOTES_OF_FLAGS: Final = {
    NikFlag.BIRTH_DATE_DIFFERS: RowNote.BIRTH_DATE_DIFFERS.code,
    NikFlag.SEX_DIFFERS: RowNote.SEX_DIFFERS.code,
}
_TEXTS: Final = (*REQUIRED, "alamat", "email")
_PHONE: Final = "telepon"


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


class CheckedRow(NamedTuple):
    """The judgement of a row: ``person`` when it is accepted, else the code of the ``reason``."""

    row_number: int
    person: StagedPerson | None
    reason: str | None
    notes: tuple[str, ...] = ()
    nik: str | None = None


class RowChecker:
    """Judges the rows of one roster.

    ``columns`` names each cell (`header.name_columns`), ``areas`` are the codes that the uploader works for,
    ``regencies`` those of the programme, ``today`` the day on which nobody can be born later.
    """

    def __init__(self, columns: Sequence[str], areas: Collection[str], regencies: Collection[str], today: date) -> None:
        self._width = len(columns)
        # A column that the roster does not have is read from behind the end, where an empty cell is put.
        places = {name: columns.index(name) if name in columns else self._width for name in (*_TEXTS, _PHONE)}
        self._pick = itemgetter(*(places[name] for name in _TEXTS))
        self._phone_at = places[_PHONE]
        self._areas = tuple(areas)
        self._regencies = frozenset(regencies)
        self._today = today
        self._villages: dict[str, str | RowRefusal] = {}

    def check(self, row_number: int, cells: Sequence[str]) -> CheckedRow | None:
        """The judgement; None for a row without any content, which does not count."""
        if len(cells) != self._width:
            cells = read.trimmed(cells, self._width)
        stripped = [cell.strip() for cell in cells]
        if not any(stripped):
            return None
        nik: str | None = None
        notes: list[str] = []
        try:
            values, phone = self._values(stripped)
            declared, birth_date = read.born(values[2], values[3], self._today)
            parsed = parse_nik(values[1], declared)
            nik = parsed.reveal()
            if parsed.flags:
                notes += [_NOTES_OF_FLAGS[flag] for flag in sorted(parsed.flags) if flag in _NOTES_OF_FLAGS]
            person = self._person(row_number, nik, birth_date, declared.sex, values, phone, notes)
        except (ValueRefusedError, RowRefusedError) as refused:
            return CheckedRow(row_number, None, refused.reason.code, (), nik)
        return CheckedRow(row_number, person, None, tuple(notes) if notes else (), nik)

    def _values(self, stripped: list[str]) -> tuple[tuple[str, ...], str]:
        """The cells in the order of `_TEXTS`, and the telephone number."""
        if len(stripped) != self._width:
            raise RowRefusedError(RowRefusal.CELLS)
        stripped.append("")
        return read.without_formulas(self._pick(stripped)), read.phone_without_formula(stripped[self._phone_at])

    def _person(
        self,
        row_number: int,
        nik: str,
        birth_date: str,
        sex: Sex | None,
        values: tuple[str, ...],
        phone: str,
        notes: list[str],
    ) -> StagedPerson:
        name, _, _, _, village, occupation, working, decile, address, email = values
        if sex is None:
            raise RowRefusedError(RowRefusal.SEX)
        name = read.name(name)
        occupation = occupation.upper()
        if not is_well_formed(occupation):
            raise RowRefusedError(RowRefusal.OCCUPATION)
        # In this order: a row with several faults is refused for the first of them.
        is_working = read.works(working)
        return StagedPerson(
            row_number,
            nik,
            name,
            birth_date,
            read.SEX_TEXTS[sex],
            self._village(village),
            occupation,
            is_working,
            read.decile(decile),
            read.address(address, notes) if address else "",
            read.phone(phone, notes) if phone else "",
            read.email(email, notes) if email else "",
        )

    def _village(self, text: str) -> str:
        village = self._villages.get(text)
        if village is None:
            if len(text) > _LONGEST_CODE:  # nor remembered: what is remembered must stay small
                raise RowRefusedError(RowRefusal.VILLAGE)
            village = self._villages[text] = self._look_up_village(text)
            if len(self._villages) > _REMEMBERED_VILLAGES:
                self._villages.clear()
        if isinstance(village, RowRefusal):
            raise RowRefusedError(village)
        return village

    def _look_up_village(self, text: str) -> str | RowRefusal:
        code = text.replace(".", "")
        if not _VILLAGE_FORM.fullmatch(code) or code[:4] not in self._regencies:
            return RowRefusal.VILLAGE
        return code if any(code.startswith(area) for area in self._areas) else RowRefusal.OUTSIDE_AREA
