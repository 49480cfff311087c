"""NIKs and birth dates of people who do not exist: consistent, all different, and of a kind that nobody was given.

A real serial counts the people registered in one district with one birth date and hardly leaves two digits; ours
start at 5000. Two people never share a NIK by chance: people with the same serial differ in their birth dates by
construction, so that no list of a million NIKs has to be remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from deploy.sandbox.province.chance import Lot, between, choose
from deploy.sandbox.province.tables import Regency, legacy_prefixes, nik_origins, regencies

SERIALS = 4000
FIRST_SERIAL = 5000
MISTYPED_SERIAL_DIGIT = "9"  # no serial of ours begins with it, so a mistyped NIK is nobody's
_STRIDE = 2003  # prime to SERIALS: neighbours in a list have distant serials
_OWN_REGENCY, _SAME_PROVINCE, _LEGACY = 0.50, 0.58, 0.60  # the rest came from another province


@dataclass(frozen=True)
class Day:
    """A birth date in the three ways it is written."""

    iso: str
    man: str
    woman: str


class BirthDates:
    """Birth dates of people aged ``youngest`` to ``oldest`` at ``reference``, in classes that share no date."""

    def __init__(self, reference: date, youngest: int, oldest: int, classes: int) -> None:
        first = _years_before(reference, oldest + 1) + timedelta(days=1)
        last = _years_before(reference, youngest)
        self.days = [_day(first + timedelta(days=number)) for number in range((last - first).days + 1)]
        self._classes = classes
        self._slots = len(self.days) // classes
        if self._slots < 1:
            raise ValueError("There are fewer days than classes; make a smaller sample.")

    def draw(self, person: int, chance: Callable[[], float]) -> Day:
        """A birth date for person number ``person``."""
        return self.days[int(chance() * self._slots) * self._classes + person // SERIALS % self._classes]


class Niks:
    """Makes NIKs; ``people`` is how many different persons the whole sample may have."""

    def __init__(self, people: int) -> None:
        self.classes = people // SERIALS + 1
        self._origins = Lot(nik_origins())
        self._legacy = legacy_prefixes()
        self._regencies = regencies()

    def make(self, person: int, day: Day, female: bool, home: Regency, chance: Callable[[], float]) -> str:
        """The NIK of person number ``person``: about half were first registered where they live now."""
        place = chance()
        if place < _OWN_REGENCY:
            prefix, districts = home.code, home.districts
        elif place < _SAME_PROVINCE:
            other = choose(self._regencies, chance)
            prefix, districts = other.code, other.districts
        elif place < _LEGACY:
            prefix, districts = choose(self._legacy, chance), 9
        else:
            prefix, districts = self._origins.draw(chance), 16
        serial = FIRST_SERIAL + person * _STRIDE % SERIALS
        return f"{prefix}{between(1, districts, chance):02d}{day.woman if female else day.man}{serial}"


def _day(day: date) -> Day:
    month_year = f"{day.month:02d}{day.year % 100:02d}"
    return Day(day.isoformat(), f"{day.day:02d}{month_year}", f"{day.day + 40:02d}{month_year}")


def _years_before(reference: date, years: int) -> date:
    if (reference.month, reference.day) == (2, 29):
        reference = reference.replace(day=28)
    return reference.replace(year=reference.year - years)
