"""Words and small types that all rules of subsidy share."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from shared.money import Rupiah

JKK: Final = "JKK"
JKM: Final = "JKM"
PROGRAMMES: Final = (JKK, JKM)
"""The programmes that a decree of vulnerable workers pays: work accident and death."""

LOWEST_BAND: Final = 1
"""The programme always insures at the lowest income band (base income Rp1,000,000)."""


HOME_PROVINCE: Final = "64"
"""East Kalimantan: whose business it is when a file names nothing that is known."""


def document_key(number: str) -> str:
    """What makes two document numbers the same one: how it is spelled, whatever the letters' case and the spaces."""
    return "".join(unicodedata.normalize("NFKC", number).casefold().split())


class Amounts(NamedTuple):
    """A worker's month, a bill or a balance, split by programme. Whole rupiah."""

    jkk_rupiah: int
    jkm_rupiah: int

    @property
    def total_rupiah(self) -> int:
        """Both programmes together."""
        return self.jkk_rupiah + self.jkm_rupiah

    def by_programme(self) -> dict[str, int]:
        """As plain numbers by programme, for journals."""
        return {JKK: self.jkk_rupiah, JKM: self.jkm_rupiah}

    def for_event(self) -> dict[str, Rupiah]:
        """As events carry it. Do not change what it gives: workers of one tariff share it."""
        return _for_event(self)

    def plus(self, other: Amounts) -> Amounts:
        """The sum, programme by programme."""
        return Amounts(self.jkk_rupiah + other.jkk_rupiah, self.jkm_rupiah + other.jkm_rupiah)

    def minus(self, other: Amounts) -> Amounts:
        """The difference, programme by programme; may be negative."""
        return Amounts(self.jkk_rupiah - other.jkk_rupiah, self.jkm_rupiah - other.jkm_rupiah)

    def times(self, count: int) -> Amounts:
        """As many of it, programme by programme."""
        return Amounts(self.jkk_rupiah * count, self.jkm_rupiah * count)

    def fits(self, available: Amounts) -> bool:
        """Whether it can be taken from ``available`` in every programme."""
        return self.jkk_rupiah <= available.jkk_rupiah and self.jkm_rupiah <= available.jkm_rupiah


@lru_cache(maxsize=4096)
def _for_event(amounts: Amounts) -> dict[str, Rupiah]:
    return {JKK: Rupiah(amounts.jkk_rupiah), JKM: Rupiah(amounts.jkm_rupiah)}


class Split(Protocol):
    """A row that has an amount of each programme."""

    @property
    def jkk_rupiah(self) -> int:
        """Of work accident."""
        ...

    @property
    def jkm_rupiah(self) -> int:
        """Of death."""
        ...


def amounts_of(row: Split) -> Amounts:
    """The amounts of a row."""
    return Amounts(row.jkk_rupiah, row.jkm_rupiah)


NOTHING: Final = Amounts(0, 0)


def total_of(amounts: Iterable[Amounts]) -> Amounts:
    """The sum of many, programme by programme."""
    jkk = jkm = 0
    for jkk_rupiah, jkm_rupiah in amounts:
        jkk += jkk_rupiah
        jkm += jkm_rupiah
    return Amounts(jkk, jkm)


def amounts_from(by_programme: Mapping[str, int]) -> Amounts:
    """From a mapping; a programme that is missing is 0. Raises ValueError for a programme that no decree pays."""
    unknown = set(by_programme) - set(PROGRAMMES)
    if unknown:
        raise ValueError(f"A funding line pays {' and '.join(PROGRAMMES)} only; leave the other programmes out.")
    return Amounts(by_programme.get(JKK, 0), by_programme.get(JKM, 0))
