"""How late a contribution is, what the late fine is so far, and which ageing class the receivable falls into.

The fine is 2 % of what is owed for each begun month of delay (PP 44/2015). It is counted from the day after the due
date; what was paid before a month of delay begins bears no fine in it (docs/adr/0024).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from services.compliance.rules.tariff import covers, month_not_assessable, portion, rate_parts
from shared.invariants import require
from shared.periods import Month
from shared.reference import read_table

_FOLDER: Final = Path(__file__).parent
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PaidPart:
    """Money that reached a contribution: the day it was paid and how much, negative when it was taken back."""

    paid_on: date
    amount_rupiah: int


@dataclass(frozen=True, slots=True)
class Lateness:
    """Begun months of delay in which something was owed, and the fine for them."""

    months_late: int
    fine_rupiah: int


@dataclass(frozen=True, slots=True)
class AgeingClass:
    """One row of receivable_aging.csv: from ``months_from`` to ``months_to`` months late (None: without end)."""

    code: str
    months_from: int
    months_to: int | None


@dataclass(frozen=True, slots=True)
class LatenessTables:
    """The rows of ``late_fine.csv``, and the classes of ``receivable_aging.csv`` in order of age."""

    fines: Sequence[Mapping[str, str]]
    classes: Sequence[AgeingClass]

    def fine_rate(self, month: Month) -> int:
        """The late fine per month of delay for a contribution month, in parts of `RATE_UNIT` (2 % is 2,000).

        Raises:
            RefusedError: "month-not-assessable", where the table has no row for the month.
        """
        for row in self.fines:
            if covers(row, month):
                return rate_parts(row["rate_pct"])
        raise month_not_assessable()

    def ageing_class(self, months: int) -> str:
        """The class of a receivable that is ``months`` months late; sources disagree about the bounds (ADR 24).

        Raises:
            InvariantError: it is not late.
        """
        require(months > 0, "Only a late contribution has an ageing class.")
        return next(row.code for row in self.classes if row.months_from <= months <= (row.months_to or months))


def load_lateness() -> LatenessTables:
    """Read fines and ageing classes. Raises ValueError naming what to correct."""
    fines = ("first_month", "last_month", "rate_pct", "source", "confidence")
    classes = ("class", "months_from", "months_to", "source", "confidence")
    return LatenessTables(
        read_table(_FOLDER / "late_fine.csv", fines),
        [
            AgeingClass(row["class"], int(row["months_from"]), int(row["months_to"]) if row["months_to"] else None)
            for row in read_table(_FOLDER / "receivable_aging.csv", classes)
        ],
    )


def delay_begins(due_on: date, number: int) -> date:
    """The first day of the ``number``-th month of delay: the day after the due date, moved by whole months."""
    index = due_on.year * 12 + due_on.month - 1 + number - 1
    year, month0 = divmod(index, 12)
    day = min(due_on.day, monthrange(year, month0 + 1)[1])
    return date(year, month0 + 1, day) + _ONE_DAY


def months_late(due_on: date, as_of: date) -> int:
    """How many months of delay have begun on ``as_of``; 0 until the due date has passed."""
    if as_of <= due_on:
        return 0
    count = (as_of.year - due_on.year) * 12 + as_of.month - due_on.month
    return count + 1 if delay_begins(due_on, count + 1) <= as_of else count


def lateness(due_on: date, due_rupiah: int, paid: Sequence[PaidPart], rate: int, as_of: date) -> Lateness:
    """The delay and the fine of one contribution as of ``as_of``; ``rate`` in parts of `RATE_UNIT` per month.

    Each begun month costs the rate on what was still owed when it began, to the nearest rupiah.
    """
    months, fine_rupiah = 0, 0
    for number in range(1, months_late(due_on, as_of) + 1):
        begins = delay_begins(due_on, number)
        base_rupiah = due_rupiah - sum(part.amount_rupiah for part in paid if part.paid_on < begins)
        require(base_rupiah <= due_rupiah, "What is taken back was paid before.")
        if base_rupiah <= 0:
            continue
        months += 1
        fine_rupiah += portion(base_rupiah, rate)
    ceiling_rupiah = months * portion(due_rupiah, rate)
    require(0 <= fine_rupiah <= ceiling_rupiah, "No fine is counted on more than is due.")
    return Lateness(months, fine_rupiah)
