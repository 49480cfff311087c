"""How late, with which fine: begun months from the day after the due date, the 15th moved by weekends and holidays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.rules.lateness import (
    PaidPart,
    delay_begins,
    lateness,
    months_late,
)
from services.compliance.rules.rulebook import load_rulebook
from services.compliance.rules.tariff import portion
from shared.access.errors import RefusedError
from shared.business_calendar import BusinessCalendar
from shared.due_dates import DueDates, Segment
from shared.invariants import InvariantError
from shared.periods import Month

TWO_PERCENT = 2_000
TABLES = load_rulebook().lateness
DUE_DATES = DueDates(BusinessCalendar())
due_days = st.dates(date(2016, 1, 1), date(2030, 12, 31))
amounts = st.integers(1, 10_000_000_000)


@pytest.mark.parametrize(
    ("month", "due_on"),
    [
        (Month(2026, 9), date(2026, 10, 15)),  # a Thursday
        (Month(2026, 10), date(2026, 11, 16)),  # the 15th is a Sunday
        (Month(2024, 3), date(2024, 4, 16)),  # the 15th is joint leave after Idul Fitri
        (Month(2024, 12), date(2025, 1, 15)),  # over the year's end
        (Month(2026, 1), date(2026, 2, 18)),  # Sunday, joint leave, Chinese New Year
    ],
)
def test_due_on_the_15th_of_the_next_month_or_the_next_working_day(month: Month, due_on: date) -> None:
    assert DUE_DATES.due_date(month, Segment.PU) == due_on


@pytest.mark.parametrize(
    ("as_of", "months"),
    [
        (date(2026, 11, 16), 0),
        (date(2026, 11, 17), 1),
        (date(2026, 12, 16), 1),
        (date(2026, 12, 17), 2),
        (date(2027, 1, 16), 2),
        (date(2027, 1, 17), 3),
        (date(2027, 11, 16), 12),
        (date(2027, 11, 17), 13),
    ],
)
def test_a_month_of_delay_counts_once_begun(as_of: date, months: int) -> None:
    assert months_late(date(2026, 11, 16), as_of) == months


@given(due_days, st.integers(-40, 2_000))
def test_months_late_counts_the_beginnings(due_on: date, days: int) -> None:
    as_of = due_on + timedelta(days=days)
    begun = sum(delay_begins(due_on, number) <= as_of for number in range(1, 80))
    assert months_late(due_on, as_of) == begun


@given(due_days, amounts, st.integers(0, 1_200))
def test_unpaid_costs_two_percent_for_each_begun_month(due_on: date, due: int, days: int) -> None:
    as_of = due_on + timedelta(days=days)
    late = lateness(due_on, due, [], TWO_PERCENT, as_of)
    assert late.months_late == months_late(due_on, as_of)
    assert late.fine_rupiah == late.months_late * portion(due, TWO_PERCENT)


@given(
    due_days, amounts, st.lists(st.tuples(st.integers(-30, 400), st.integers(1, 100)), max_size=5), st.integers(0, 600)
)
def test_the_fine_grows_with_time_and_shrinks_with_money(
    due_on: date, due: int, parts: list[tuple[int, int]], days: int
) -> None:
    paid = [PaidPart(due_on + timedelta(days=day), due * percent // 600) for day, percent in parts]
    as_of = due_on + timedelta(days=days)
    late = lateness(due_on, due, paid, TWO_PERCENT, as_of)
    assert lateness(due_on, due, paid, TWO_PERCENT, as_of + timedelta(days=31)).fine_rupiah >= late.fine_rupiah
    assert late.fine_rupiah <= lateness(due_on, due, [], TWO_PERCENT, as_of).fine_rupiah
    in_time = [PaidPart(due_on, due)]
    assert lateness(due_on, due, in_time, TWO_PERCENT, as_of).fine_rupiah == 0


def test_what_was_paid_before_a_month_of_delay_begins_bears_no_fine_in_it() -> None:
    due_on = date(2026, 11, 16)
    paid = [PaidPart(date(2026, 11, 16), 400_000), PaidPart(date(2026, 12, 16), 500_000)]
    late = lateness(due_on, 1_000_000, paid, TWO_PERCENT, date(2027, 1, 20))
    assert (late.months_late, late.fine_rupiah) == (3, 12_000 + 2_000 + 2_000)
    on_the_day_after = [PaidPart(date(2026, 11, 17), 1_000_000)]
    assert lateness(due_on, 1_000_000, on_the_day_after, TWO_PERCENT, date(2027, 1, 20)).fine_rupiah == 20_000


def test_the_example_of_the_contract() -> None:
    assert lateness(date(2026, 11, 16), 50_557_680, [], TWO_PERCENT, date(2026, 11, 17)).fine_rupiah == 1_011_154


@pytest.mark.parametrize(
    ("months", "code"),
    [(1, "lancar"), (3, "lancar"), (4, "kurang-lancar"), (6, "kurang-lancar"), (7, "diragukan"), (12, "diragukan"),
     (13, "macet"), (400, "macet")],
)  # fmt: skip
def test_ageing_classes(months: int, code: str) -> None:
    assert TABLES.ageing_class(months) == code


def test_the_rate_of_the_fine_is_that_of_the_contribution_month() -> None:
    assert TABLES.fine_rate(Month(2020, 7)) == TABLES.fine_rate(Month(2026, 10)) == TWO_PERCENT
    with pytest.raises(RefusedError, match="month-not-assessable"):
        TABLES.fine_rate(Month(2020, 12))
    with pytest.raises(InvariantError, match="late"):
        TABLES.ageing_class(0)
