"""The roster as a stream of rows, with what a correct reader has to find in it. Memory does not grow with the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from deploy.sandbox.province.chance import choose, deal
from deploy.sandbox.province.dirt import DUPLICATES, INELIGIBLE, LAWFUL, REFUSED, SHARES_PERMILLE, Kind, misspell, spoil
from deploy.sandbox.province.numbers import FIRST_SERIAL, MISTYPED_SERIAL_DIGIT, BirthDates, Niks
from deploy.sandbox.province.people import People, Person
from deploy.sandbox.province.tables import legacy_prefixes, other_occupations

_REMEMBERED = 4096  # people that a later row may repeat
_YOUNGEST, _OLDEST = 19, 63  # a year inside the limits 18 and 65: the day of the check does not matter


class Finding(NamedTuple):
    """What one row is: ``row`` counts data rows from 1; ``first_row`` is the row that a duplicate repeats."""

    row: int
    kind: Kind
    first_row: int | None = None


class Roster:
    """Iterate once over ``rows()``; the counts and lists are complete when it ends."""

    def __init__(self, rows: int, reference: date, niks: Niks, chance: Callable[[], float]) -> None:
        self.size = rows
        self.counts: Counter[Kind] = Counter()
        self.prefixes: Counter[str] = Counter()
        self.regencies: Counter[str] = Counter()
        self.employed: list[str] = []
        self.deceased: list[str] = []
        self._chance = chance
        self._people = People(niks, BirthDates(reference, _YOUNGEST, _OLDEST, niks.classes), chance)
        self._ages = {
            Kind.TOO_OLD: BirthDates(reference, 66, 79, niks.classes),
            Kind.TOO_YOUNG: BirthDates(reference, 14, 16, niks.classes),
        }
        self._others = other_occupations()
        self._legacy = frozenset(legacy_prefixes())
        self._remembered: list[tuple[int, Person]] = []
        self._mistyped: set[str] = set()

    def rows(self) -> Iterator[tuple[Person, Finding]]:
        """Every row with what it is."""
        for number, wanted in enumerate(deal(SHARES_PERMILLE, Kind.CLEAN, self.size, self._chance, deck_size=1000)):
            row = number + 1
            if wanted in DUPLICATES and self._remembered:
                first_row, person = self._pick()
                kind, person = self._repeat(person, wanted)
                finding = Finding(row, kind, first_row)
            else:
                kind = Kind.CLEAN if wanted in DUPLICATES else wanted
                person = self._make(number, kind)
                finding = Finding(row, kind)
                if kind is Kind.CLEAN:
                    self._remember(row, person)
            self.counts[kind] += 1
            yield person, finding

    def expected(self) -> dict[str, object]:
        """What the platform finds with its rules, for the manifest.

        A second row with the same NIK is refused as a duplicate, whatever the name. A mistyped NIK is another person
        until an officer sees the case.
        """
        counts = self.counts
        refused = {kind.value: counts[kind] for kind in REFUSED}
        refused["duplicate"] = counts[Kind.EXACT_DUPLICATE] + counts[Kind.NEAR_NAME]
        rejected = {kind.value: counts[kind] for kind in INELIGIBLE}
        registered = self.size - sum(refused.values())
        return {
            "rows": self.size,
            "refused": sum(refused.values()),
            "refused_by_reason": refused,
            "registered": registered,
            "rejected": sum(rejected.values()),
            "rejected_by_reason": rejected,
            "verified": registered - sum(rejected.values()),
            "near_duplicate_cases": counts[Kind.NEAR_NIK],
        }

    def planted(self) -> dict[str, object]:
        """What was put in, for the manifest."""
        counts = self.counts

        def of(kinds: tuple[Kind, ...]) -> dict[str, int]:
            return {kind.value: counts[kind] for kind in kinds}

        refused = sum(counts[kind] for kind in REFUSED)
        ineligible = sum(counts[kind] for kind in INELIGIBLE)
        repeated = sum(counts[kind] for kind in DUPLICATES)
        return {
            "rows": self.size,
            "refused_rows": refused,
            "refused": of(REFUSED),
            "duplicate_rows": repeated,
            "duplicates": of(DUPLICATES),
            "ineligible_persons": ineligible,
            "ineligible": of(INELIGIBLE),
            "eligible_persons": self.size - refused - repeated - ineligible,
            "lawful_oddities": of(LAWFUL),
            "nik_issued_in": dict(sorted(self.prefixes.items())),
            "regencies": dict(sorted(self.regencies.items())),
        }

    def _make(self, number: int, kind: Kind) -> Person:
        person = self._people.make(number, self._ages.get(kind))
        if kind is Kind.OCCUPATION:
            person = person._replace(occupation=choose(self._others, self._chance))
        elif kind is Kind.EMPLOYED:
            self.employed.append(person.nik)
        elif kind is Kind.DECEASED:
            self.deceased.append(person.nik)
        self.regencies[person.village[:4]] += 1
        prefix = person.nik[:4]
        if prefix[:2] != "64":
            self.prefixes["another-province"] += 1
        else:
            self.prefixes["legacy-prefix" if prefix in self._legacy else "east-kalimantan"] += 1
        return person if kind is Kind.CLEAN else spoil(person, kind, self._chance)

    def _remember(self, row: int, person: Person) -> None:
        """Keep an even sample of all clean rows so far: duplicates lie near and far."""
        if len(self._remembered) < _REMEMBERED:
            self._remembered.append((row, person))
        else:
            place = int(self._chance() * row)
            if place < _REMEMBERED:
                self._remembered[place] = (row, person)

    def _pick(self) -> tuple[int, Person]:
        """A remembered row; it is forgotten, so that nobody is repeated twice."""
        place = int(self._chance() * len(self._remembered))
        self._remembered[place], self._remembered[-1] = self._remembered[-1], self._remembered[place]
        return self._remembered.pop()

    def _repeat(self, person: Person, wanted: Kind) -> tuple[Kind, Person]:
        if wanted is Kind.EXACT_DUPLICATE:
            return wanted, person
        if wanted is Kind.NEAR_NIK:
            place = len(person.nik) - len(str(FIRST_SERIAL))
            mistyped = f"{person.nik[:place]}{MISTYPED_SERIAL_DIGIT}{person.nik[place + 1 :]}"
            if mistyped not in self._mistyped:
                self._mistyped.add(mistyped)
                return wanted, person._replace(nik=mistyped)
        return Kind.NEAR_NAME, person._replace(name=misspell(person.name, self._chance))
