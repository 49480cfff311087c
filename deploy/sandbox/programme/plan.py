"""What the demonstration does: which files go in, who pays for whom, with how much money. Nothing here is law.

The money is chosen so that one line is too small: an operator should see at once what a hard ceiling does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from shared.periods import Month

REGENCIES: Final = ("6401", "6402", "6403", "6407", "6408", "6409", "6411", "6471", "6472", "6474")
SHORT_OF_MONEY: Final = "6402"
PROGRAMMES: Final = ("JKK", "JKM")


@dataclass(frozen=True, slots=True)
class Line:
    """A funding line, its decree, and for how many workers of the month its money is enough."""

    reference: str
    funding_source: str
    region_code: str
    office: str
    decree_number: str
    region_codes: tuple[str, ...]
    funded_share_percent: int | None  # of the decree's workers for one month; None: more than enough for the year
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The files of the sample world and the month to run."""

    folder: Path
    month: Month
    lines: tuple[Line, ...]

    @property
    def last_month(self) -> Month:
        """Budgets and decrees end with the year."""
        return Month(self.month.year, 12)


def make_plan(folder: Path, month: Month) -> Plan:
    """The demonstration's plan: the province pays everywhere but in Kutai Kartanegara, which pays for its own."""
    year = month.year
    province = Line(
        reference=f"DPA-DISNAKERTRANS-{year}",
        funding_source="apbd-province",
        region_code="64",
        office="Disnakertrans",
        decree_number=f"500.15/K.101/{year}",
        region_codes=tuple(code for code in REGENCIES if code != SHORT_OF_MONEY),
        funded_share_percent=None,
        legal_basis=f"DPA-SKPD {year} Disnakertrans",
    )
    regency = Line(
        reference=f"DPA-KUKAR-{year}",
        funding_source="apbd-regency",
        region_code=SHORT_OF_MONEY,
        office="Distransnaker Kukar",
        decree_number=f"560/SK-KUKAR.12/{year}",
        region_codes=(SHORT_OF_MONEY,),
        funded_share_percent=90,
        legal_basis=f"DPA-SKPD {year} Distransnaker Kutai Kartanegara",
    )
    return Plan(folder, month, (province, regency))


def overdue_month(today: date) -> Month:
    """The latest month whose employers' due date (the 15th of the next month, or soon after) has surely passed."""
    return Month.of(today.replace(day=1) - timedelta(days=1 if today.day > 20 else 32))
