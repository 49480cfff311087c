"""When jobs are due: in WITA, without gaps, the same for every process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.service.jobs import DailyAt, Every, MonthlyOn, Schedule
from shared.service.jobs.schedules import missed

MOMENTS = st.integers(0, 10**9).map(lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
SCHEDULES = st.one_of(
    st.builds(Every, st.integers(1, 100_000)),
    st.builds(DailyAt, st.integers(0, 23), st.integers(0, 59)),
    st.builds(MonthlyOn, st.integers(1, 28), st.integers(0, 23), st.integers(0, 59)),
)


@given(SCHEDULES, MOMENTS)
def test_latest_and_next_enclose_every_moment_without_a_gap(schedule: Schedule, moment: datetime) -> None:
    latest, following = schedule.latest(moment), schedule.after(moment)
    assert latest.due_at <= moment < following.due_at
    assert schedule.after(latest.due_at) == following
    assert schedule.latest(following.due_at) == following
    assert latest.period_key < following.period_key


def test_a_day_begins_in_wita() -> None:
    schedule = DailyAt(2, 30)
    before_half_past_two = datetime(2026, 11, 21, 18, 29, tzinfo=UTC)  # 02:29 on the 22nd in WITA
    assert schedule.latest(before_half_past_two).period_key == "2026-11-21"
    due = schedule.latest(before_half_past_two + timedelta(minutes=1))
    assert (due.period_key, due.due_at) == ("2026-11-22", datetime(2026, 11, 21, 18, 30, tzinfo=UTC))


def test_a_month_begins_in_wita_and_the_year_turns() -> None:
    schedule = MonthlyOn(1)
    new_year = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    assert schedule.latest(new_year).period_key == "2027-01"
    assert schedule.latest(new_year - timedelta(seconds=1)).period_key == "2026-12"


def test_missed_periods_come_in_order() -> None:
    last = datetime(2026, 11, 18, 18, 30, tzinfo=UTC)
    now = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    assert [occurrence.period_key for occurrence in missed(DailyAt(2, 30), last, now)] == [
        "2026-11-20",
        "2026-11-21",
        "2026-11-22",
    ]


@pytest.mark.parametrize(
    "wrong", [lambda: Every(0), lambda: DailyAt(24), lambda: MonthlyOn(29), lambda: DailyAt(1, 60)]
)
def test_impossible_schedules_are_refused(wrong: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        wrong()  # type: ignore[operator]
