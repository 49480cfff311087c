"""How far a budget reaches: for the workers of a run, and for the months of a year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.subsidy.rules.values import NOTHING, Amounts, total_of
from shared.invariants import require
from shared.periods import Month
from shared.reference import read_table

_WARNINGS: Final = Path(__file__).parent / "running_out.csv"


def affordable(available: Amounts, costs: Sequence[Amounts]) -> int:
    """How many of ``costs``, from the first on, ``available`` pays in every programme.

    It stops at the first one that does not fit: nobody is passed over for somebody cheaper further down the list.
    """
    require(min(available) >= 0, "A line is never overspent.")
    counted = Counter(costs)
    require(all(min(cost) >= 0 for cost in counted), "A month does not cost less than nothing.")
    total = total_of(cost.times(count) for cost, count in counted.items())
    if total.fits(available):  # costs only add up: if the last one fits, all do
        return len(costs)
    used = NOTHING
    count = 0
    for cost in costs:
        after = used.plus(cost)
        if not after.fits(available):
            break
        used = after
        count += 1
    require(used.fits(available), "What was found affordable fits the budget.")
    return count


@dataclass(frozen=True, slots=True)
class Forecast:
    """Up to which month the money lasts at the present rate; None if the next month cannot be paid in full."""

    last_funded_month: Month | None
    warn: bool


def forecast(
    *, available: Amounts, monthly_need: Amounts, run_month: Month, last_month: Month, warn_below: int
) -> Forecast:
    """Whether a line whose ``run_month`` is assessed reaches ``last_month``.

    It is warned of when fewer than ``warn_below`` further months can be paid and ``last_month`` is not among them.
    """
    require(min(available) >= 0, "A line is never overspent.")
    require(min(monthly_need) >= 0, "A month does not cost less than nothing.")
    further = last_month - run_month
    reaches = [has // needs for has, needs in zip(available, monthly_need, strict=True) if needs]
    months = min(reaches, default=further)
    if months >= further:
        return Forecast(last_month, warn=False)
    return Forecast(run_month + months if months else None, warn=months < warn_below)


def load_warning_months(path: Path = _WARNINGS) -> int:
    """Below how many further months a line is warned of. Raises ValueError unless the table has one row."""
    rows = read_table(path, ("months_left_below", "source", "confidence"))
    if len(rows) != 1:
        raise ValueError(f"{path.name} must have exactly one row: months_left_below with its source.")
    return int(rows[0]["months_left_below"])
