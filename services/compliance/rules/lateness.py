"""How late a contribution is, what the late fine is so far, and which ageing class the receivable falls into.

The fine is 2 % of what is owed for each begun month of delay (PP 44/2015). It is counted from the day after the due
date; what was paid before a month of delay begins bears no fine in it (docs/adr/0024).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from services.compliance.rules.tariff import RATE_UNIT, TariffUnknownError, covers, portion
from shared.money import percent
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
        assert base_rupiah <= due_rupiah, "what is taken back was paid before"  # noqa: S101 - invariant of money
        if base_rupiah <= 0:
            continue
        months += 1
        fine_rupiah += portion(base_rupiah, rate)
    ceiling_rupiah = months * portion(due_rupiah, rate)
    assert 0 <= fine_rupiah <= ceiling_rupiah, "no fine on more than is due"  # noqa: S101 - invariant of money
    return Lateness(months, fine_rupiah)


def fine_rate(month: Month) -> int:
    """The late fine per month of delay for contribution month ``month``, in parts of `RATE_UNIT` (2 % is 2,000).

    Raises TariffUnknownError.
    """
    for row in _fines():
        if covers(row, month):
            return int(percent(row["rate_pct"]) * RATE_UNIT)
    raise TariffUnknownError("late_fine.csv", month)


def ageing_class(months: int) -> str:
    """The class of a receivable that is ``months`` months late (receivable_aging.csv; sources disagree, ADR 0024)."""
    for row in ageing_classes():
        if row.months_from <= months and (row.months_to is None or months <= row.months_to):
            return row.code
    raise ValueError("Only a late contribution has an ageing class; ask from the first month of delay on.")


@cache
def ageing_classes() -> tuple[AgeingClass, ...]:
    """The classes in order of age."""
    rows = read_table(_FOLDER / "receivable_aging.csv", ("class", "months_from", "months_to", "source", "confidence"))
    return tuple(
        AgeingClass(row["class"], int(row["months_from"]), int(row["months_to"]) if row["months_to"] else None)
        for row in rows
    )


@cache
def _fines() -> tuple[dict[str, str], ...]:
    return tuple(
        read_table(_FOLDER / "late_fine.csv", ("first_month", "last_month", "rate_pct", "source", "confidence"))
    )
