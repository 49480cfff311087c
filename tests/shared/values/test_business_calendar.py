"""Working days, and due dates that move past holidays, checked against decreed calendars."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.business_calendar import (
    BusinessCalendar,
    HolidayOverride,
    HolidaysUnknownError,
    OverrideKind,
    load_overrides,
)
from shared.due_dates import DueDates, DueDay, DueDayUnknownError, Segment, load_due_days
from shared.periods import Month

CALENDAR = BusinessCalendar()
DAYS = st.dates(date(2023, 2, 1), date(2027, 9, 30))


def override(day: date, kind: OverrideKind) -> HolidayOverride:
    return HolidayOverride(day, kind, "Hari Uji", "a test")


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 16), True),
        (date(2026, 11, 14), False),  # Saturday
        (date(2026, 8, 17), False),  # Independence Day, a Monday
        (date(2026, 3, 19), False),  # Nyepi
        (date(2026, 5, 15), False),  # joint leave
        (date(2026, 12, 25), False),
    ],
)
def test_working_days(day: date, works: bool) -> None:
    assert CALENDAR.is_working_day(day) is works


def test_holidays_have_their_indonesian_names() -> None:
    assert CALENDAR.holidays(2026)[date(2026, 8, 17)] == "Hari Kemerdekaan Republik Indonesia"
    assert date(2026, 11, 14) not in CALENDAR.holidays(2026)
    assert CALENDAR.holidays(2026)[date(2026, 5, 15)].startswith("Cuti Bersama")


def test_joint_leave_can_count_as_work() -> None:
    assert BusinessCalendar(joint_leave_is_off=False).is_working_day(date(2026, 5, 15))
    assert not BusinessCalendar(joint_leave_is_off=False).is_working_day(date(2026, 8, 17))


@pytest.mark.parametrize(
    ("month", "segment", "due"),
    [
        ("2026-10", Segment.BPU, date(2026, 10, 15)),  # the same month
        ("2026-10", Segment.PU, date(2026, 11, 16)),  # the following month; the 15th is a Sunday
        ("2026-12", Segment.PU, date(2027, 1, 15)),
        ("2026-05", Segment.BPU, date(2026, 5, 18)),  # Friday is joint leave, then the weekend
        ("2027-03", Segment.BPU, date(2027, 3, 16)),  # Monday is the last joint leave of Idul Fitri
        ("2024-04", Segment.BPU, date(2024, 4, 16)),
        ("2019-01", Segment.PU, date(2019, 2, 15)),
    ],
)
def test_due_dates(month: str, segment: Segment, due: date) -> None:
    assert DueDates(CALENDAR).due_date(Month.parse(month), segment) == due


@given(st.integers(0, 55), st.sampled_from(Segment))
def test_a_due_date_is_a_working_day_soon_after_the_legal_day(step: int, segment: Segment) -> None:
    month = Month(2023, 1) + step
    dues = DueDates(CALENDAR)
    due, rule = dues.due_date(month, segment), dues.rule(month, segment)
    legal = (month + rule.months_later).day(15)
    assert CALENDAR.is_working_day(due)
    assert legal <= due <= legal + timedelta(days=10)
    assert not any(CALENDAR.is_working_day(legal + timedelta(days=gap)) for gap in range((due - legal).days))
    assert "PP 44/2015" in rule.source


@pytest.mark.parametrize("month", ["2015-06", "2020-08", "2021-01"])
def test_months_under_other_law_are_refused(month: str) -> None:
    with pytest.raises(DueDayUnknownError, match="Add a row"):
        DueDates(CALENDAR).due_date(Month.parse(month), Segment.BPU)


def test_two_rows_for_one_month_are_refused() -> None:
    draft = DueDay(Segment.BPU, Month(2027, 1), None, 20, 0, "a draft")
    with pytest.raises(ValueError, match="2027-01"):
        DueDates(CALENDAR, (*load_due_days(), draft))
    one_month_too_long = DueDay(Segment.BPU, Month(2021, 2), Month(2027, 1), 15, 0, "PP 44/2015")
    with pytest.raises(ValueError, match="end the older row"):
        DueDates(CALENDAR, (draft, one_month_too_long))


def test_a_new_law_is_a_new_row() -> None:
    rows = (
        DueDay(Segment.BPU, Month(2021, 2), Month(2026, 12), 15, 0, "PP 44/2015"),
        DueDay(Segment.BPU, Month(2027, 1), None, 20, 1, "a later law"),
    )
    dues = DueDates(CALENDAR, rows)
    assert dues.due_date(Month(2026, 12), Segment.BPU) == date(2026, 12, 15)
    assert dues.due_date(Month(2027, 1), Segment.BPU) == date(2027, 2, 22)


@given(DAYS)
def test_the_next_working_day_is_the_first(day: date) -> None:
    following = CALENDAR.next_working_day(day)
    assert (following == day) == CALENDAR.is_working_day(day)
    between = (day + timedelta(days=offset) for offset in range((following - day).days))
    assert not any(map(CALENDAR.is_working_day, between))


@pytest.mark.parametrize("year", [1900, 2028, 2101])
def test_years_without_decreed_holidays_are_refused(year: int) -> None:
    day = date(year, 6, 15)
    for ask in (CALENDAR.is_working_day, CALENDAR.next_working_day):
        with pytest.raises(HolidaysUnknownError, match=f"{year}-01-01,confirm"):
            ask(day)
    with pytest.raises(HolidaysUnknownError):
        CALENDAR.holidays(year)


def test_a_forecast_may_use_estimates_but_never_nothing() -> None:
    forecast = BusinessCalendar(estimates_allowed=True)
    assert not forecast.is_working_day(date(2028, 8, 17))
    assert forecast.is_working_day(date(2028, 8, 16))
    with pytest.raises(HolidaysUnknownError):
        forecast.is_working_day(date(2101, 8, 16))


def test_overrides_have_the_last_word() -> None:
    calendar = BusinessCalendar(
        [
            override(date(2026, 11, 16), OverrideKind.ADD),
            override(date(2026, 8, 17), OverrideKind.REMOVE),
            override(date(2028, 1, 1), OverrideKind.CONFIRM),
        ]
    )
    assert calendar.holidays(2026)[date(2026, 11, 16)] == "Hari Uji"
    assert DueDates(calendar).due_date(Month(2026, 10), Segment.PU) == date(2026, 11, 17)
    assert calendar.is_working_day(date(2026, 8, 17))
    assert calendar.is_working_day(date(2028, 8, 16))


def test_the_shipped_table_is_sound() -> None:
    assert all(row.source for row in load_overrides())
    assert {row.segment for row in load_due_days()} == set(Segment)


def test_every_year_of_the_programme_is_decreed() -> None:
    assert all(CALENDAR.holidays(year) for year in range(2015, 2028))


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        ("day,kind,name,source\n", "header line"),
        ("date,kind,name,source\n2026-02-30,add,A,B\n", "row 2: write the date"),
        ("date,kind,name,source\n2026-02-20,maybe,A,B\n", "add, remove or confirm"),
        ("date,kind,name,source\n2026-02-20,add,A,\n", "decree"),
        ("date,kind,name,source\n2026-02-20,add,A\n", "columns"),
        ("date,kind,name,source\n2026-02-20,add,A,B,C\n", "quote commas"),
    ],
)
def test_a_wrong_table_says_what_to_correct(tmp_path: Path, body: str, advice: str) -> None:
    path = tmp_path / "overrides.csv"
    path.write_text(body, encoding="utf-8")
    with pytest.raises(ValueError, match=advice):
        load_overrides(path)


def test_a_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "overrides.csv"
    path.write_text('date,kind,name,source\n2026-11-27,add,Pilkada,"Keppres, a test"\n', encoding="utf-8")
    (row,) = load_overrides(path)
    assert row == HolidayOverride(date(2026, 11, 27), OverrideKind.ADD, "Pilkada", "Keppres, a test")
