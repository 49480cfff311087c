"""The made-up programme that the month is run on: who pays for whom, and in which months. Nothing here is law.

Everything follows from the number of workers and the last month, so that two runs are the same work. One line stands
apart: its few workers are the warm-up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from deploy.sandbox.programme.plan import REGENCIES
from shared.periods import Month

WARM_UP: Final = 0
PER_MILLE: Final = 1000
# The province pays for 400 of 1,000 workers, each regency for its share of the rest, the last ones for the most.
_SHARES: Final = {"64": 400, **dict(zip(REGENCIES, (40, 40, 40, 40, 40, 60, 60, 80, 100, 100), strict=True))}


@dataclass(frozen=True, slots=True)
class Line:
    """A funding line with its decree and group. Workers whose bucket lies in [low, high) belong to it."""

    number: int
    region_code: str
    low: int
    high: int

    def identifier(self, what: str) -> UUID:
        """A fixed identifier of something of this line, such as ``decree``; in form a UUIDv7."""
        digest = bytearray(hashlib.sha256(f"month {what} {self.number}".encode()).digest()[:16])
        digest[:6] = (1_735_000_000_000 + self.number).to_bytes(6, "big")
        digest[6], digest[8] = 0x70 | digest[6] & 0x0F, 0x80 | digest[8] & 0x3F
        return UUID(bytes=bytes(digest))

    @property
    def reference(self) -> str:
        """The budget's number."""
        return f"DPA-BENCH-{self.number:02d}"

    @property
    def decree_number(self) -> str:
        """The decree's number."""
        return f"500.15/BENCH.{self.number:02d}"

    @property
    def region_codes(self) -> tuple[str, ...]:
        """The regions that the decree names."""
        return REGENCIES if self.region_code == "64" else (self.region_code,)

    @property
    def funding_source(self) -> str:
        """Whose money it is."""
        return "apbd-province" if self.region_code == "64" else "apbd-regency"


@dataclass(frozen=True, slots=True)
class Shape:
    """``workers`` of the measured lines and ``warm_up_workers`` of line 0; runs cover ``months``, the last one last."""

    workers: int
    warm_up_workers: int
    months: tuple[Month, ...]

    @property
    def total(self) -> int:
        """Everybody."""
        return self.workers + self.warm_up_workers

    @property
    def warm_up_line(self) -> Line:
        """Who is paid before anything is measured."""
        return Line(WARM_UP, REGENCIES[0], 0, PER_MILLE)

    @property
    def lines(self) -> Sequence[Line]:
        """The measured lines, the province's first."""
        lines: list[Line] = []
        low = 0
        for number, (region_code, share) in enumerate(_SHARES.items(), 1):
            lines.append(Line(number, region_code, low, low + share))
            low += share
        return lines

    @property
    def all_lines(self) -> Sequence[Line]:
        """The measured lines and the warm-up."""
        return [self.warm_up_line, *self.lines]


def make_shape(workers: int, warm_up_workers: int, last_month: Month, repeats: int) -> Shape:
    """A world whose measured lines are run once in each of ``repeats`` months up to ``last_month``."""
    months = [last_month]
    while len(months) < repeats:
        months.insert(0, months[0] - 1)
    return Shape(workers, warm_up_workers, tuple(months))
