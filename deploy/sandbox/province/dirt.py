"""What is wrong in a real list, one kind a row, with its share; and what looks wrong but must be accepted.

Kinds that a check of the platform knows carry its code, so that expectations compare as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from deploy.sandbox.province.chance import between, choose
from deploy.sandbox.province.people import Person


class Kind(StrEnum):
    """What a row of the roster is."""

    CLEAN = "clean"
    # cannot be read: the row is refused when the roster is read
    NIK_LENGTH = "nik-length"
    NIK_SPREADSHEET = "nik-spreadsheet-number"
    NIK_LETTERS = "nik-not-digits"
    NIK_DATE = "nik-date-impossible"
    BIRTH_DATE = "birth-date-impossible"
    NAME_MISSING = "name-missing"
    VILLAGE_UNKNOWN = "village-unknown"
    # the same person twice
    EXACT_DUPLICATE = "duplicate-exact"
    NEAR_NAME = "duplicate-name-misspelt"
    NEAR_NIK = "duplicate-nik-mistyped"
    # can be read, but the person may not be subsidised
    EMPLOYED = "employed"
    DECEASED = "deceased"
    TOO_OLD = "too-old"
    TOO_YOUNG = "too-young"
    NOT_WORKING = "not-working"
    NOT_POOR = "not-poor"
    OCCUPATION = "occupation-not-listed"
    # looks odd and is right
    BIRTH_DATE_CORRECTED = "lawful-birth-date-corrected"
    NIK_SEPARATED = "lawful-nik-with-separators"


REFUSED: Final = (
    Kind.NIK_LENGTH,
    Kind.NIK_SPREADSHEET,
    Kind.NIK_LETTERS,
    Kind.NIK_DATE,
    Kind.BIRTH_DATE,
    Kind.NAME_MISSING,
    Kind.VILLAGE_UNKNOWN,
)
DUPLICATES: Final = (Kind.EXACT_DUPLICATE, Kind.NEAR_NAME, Kind.NEAR_NIK)
INELIGIBLE: Final = (
    Kind.EMPLOYED,
    Kind.DECEASED,
    Kind.TOO_OLD,
    Kind.TOO_YOUNG,
    Kind.NOT_WORKING,
    Kind.NOT_POOR,
    Kind.OCCUPATION,
)
LAWFUL: Final = (Kind.BIRTH_DATE_CORRECTED, Kind.NIK_SEPARATED)

# In a thousand rows: 30 unreadable, 10 exact and 10 near duplicates, 10 employed, 3 deceased, a few others.
SHARES_PERMILLE: Final[Mapping[Kind, int]] = {
    Kind.NIK_LENGTH: 9,
    Kind.NIK_SPREADSHEET: 2,
    Kind.NIK_LETTERS: 2,
    Kind.NIK_DATE: 2,
    Kind.BIRTH_DATE: 5,
    Kind.NAME_MISSING: 5,
    Kind.VILLAGE_UNKNOWN: 5,
    Kind.EXACT_DUPLICATE: 10,
    Kind.NEAR_NAME: 5,
    Kind.NEAR_NIK: 5,
    Kind.EMPLOYED: 10,
    Kind.DECEASED: 3,
    Kind.TOO_OLD: 4,
    Kind.TOO_YOUNG: 1,
    Kind.NOT_WORKING: 5,
    Kind.NOT_POOR: 2,
    Kind.OCCUPATION: 2,
    Kind.BIRTH_DATE_CORRECTED: 5,
    Kind.NIK_SEPARATED: 5,
}

Chance = Callable[[], float]

_NO_DATES = ("1990-02-30", "1985-13-07", "1979-00-12", "1988-06-31", "2001-11-00", "0000-00-00")
_NO_VILLAGES = ("6405012003", "6371011001", "6499012001", "64020120", "9999999999", "6473011002")


def spoil(person: Person, kind: Kind, chance: Chance) -> Person:
    """The row of ``person`` as ``kind`` has it; unchanged for kinds that lie in who the person is."""
    change = _CHANGES.get(kind)
    return change(person, chance) if change else person


def misspell(name: str, chance: Chance) -> str:
    """The name as another officer heard or typed it; never the same."""
    edits = [
        name.replace("Muhammad", "Moh."),
        name.replace("dy", "di").replace("i", "y", 1),
        name.replace("h", "", 1),
        name.replace("a", "aa", 1),
    ]
    place = between(1, max(1, len(name) - 2), chance)
    before, one, two, after = name[: place - 1], name[place - 1 : place], name[place : place + 1], name[place + 1 :]
    edits += [before + one + after, before + two + one + after]
    different = [edit for edit in edits if edit.strip() and edit.upper() != name.upper()]
    return choose(different, chance) if different else f"{name}n"


def _wrong_length(person: Person, chance: Chance) -> Person:
    cut = person.nik[:-1] if chance() < 0.6 else f"{person.nik}{int(chance() * 10)}"
    return person._replace(nik=cut)


def _as_spreadsheet(person: Person, _: Chance) -> Person:
    return person._replace(nik=f"{int(person.nik):.5E}")


def _with_letter(person: Person, _: Chance) -> Person:
    changed = person.nik.replace("0", "O", 1).replace("1", "I", 1)
    return person._replace(nik=changed if changed != person.nik else f"{person.nik[:-1]}O")


def _no_birth_date_in_nik(person: Person, chance: Chance) -> Person:
    return person._replace(nik=f"{person.nik[:8]}{between(13, 19, chance)}{person.nik[10:]}")


def _corrected_birth_date(person: Person, chance: Chance) -> Person:
    """The card was corrected, the NIK stays as it was issued (domain facts 6.1). Within days: no age limit is met."""
    day = int(person.birth_date[8:])
    return person._replace(birth_date=f"{person.birth_date[:8]}{day % 28 + 1:02d}")


def _separated(person: Person, chance: Chance) -> Person:
    sign = choose((" ", ".", "-"), chance)
    return person._replace(nik=sign.join((person.nik[:6], person.nik[6:12], person.nik[12:])))


_CHANGES: Final[Mapping[Kind, Callable[[Person, Chance], Person]]] = {
    Kind.NIK_LENGTH: _wrong_length,
    Kind.NIK_SPREADSHEET: _as_spreadsheet,
    Kind.NIK_LETTERS: _with_letter,
    Kind.NIK_DATE: _no_birth_date_in_nik,
    Kind.BIRTH_DATE: lambda person, chance: person._replace(birth_date=choose(_NO_DATES, chance)),
    Kind.NAME_MISSING: lambda person, _: person._replace(name=""),
    Kind.VILLAGE_UNKNOWN: lambda person, chance: person._replace(village=choose(_NO_VILLAGES, chance)),
    Kind.NOT_WORKING: lambda person, _: person._replace(working="tidak"),
    Kind.NOT_POOR: lambda person, chance: person._replace(decile=str(between(5, 10, chance))),
    Kind.BIRTH_DATE_CORRECTED: _corrected_birth_date,
    Kind.NIK_SEPARATED: _separated,
}
