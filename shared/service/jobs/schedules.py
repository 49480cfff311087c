"""When a job is due. Days and months are those of East Kalimantan (WITA), which has no summer time.

A schedule only names moments; whether a moment was missed or done is in the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from shared.clock import WITA, local_date

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A job whose period is shorter runs so often that a single run is nothing to remember or to read about.
QUICK_BELOW_S = 60


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One period of a job: its name, which is the command's key, and the moment from which it is due."""

    period_key: str
    due_at: datetime


class Schedule(Protocol):
    """Names the periods of a job, in order."""

    @property
    def max_catch_up(self) -> int:
        """How many missed periods are made up for, the latest ones; earlier ones are skipped, visibly."""
        ...

    @property
    def keep(self) -> timedelta:
        """How long finished periods stay in the table, as a record of what ran."""
        ...

    def latest(self, now: datetime) -> Occurrence:
        """The last period that is due at ``now``."""
        ...

    def after(self, moment: datetime) -> Occurrence:
        """The first period that is due later than ``moment``."""
        ...


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many seconds, counted from 1970, so that all processes name the same periods."""

    seconds: int
    max_catch_up: int = 1

    def __post_init__(self) -> None:
        if self.seconds < 1 or self.max_catch_up < 1:
            raise ValueError("A job's period is at least one second, and at least one period is made up for.")

    @property
    def keep(self) -> timedelta:
        """An hour of quick periods, which would fill the table with hardly anything to read; else two days."""
        return timedelta(days=2) if self.seconds >= QUICK_BELOW_S else timedelta(hours=1)

    def latest(self, now: datetime) -> Occurrence:
        """The period that ``now`` lies in."""
        return self._number((now - EPOCH) // timedelta(seconds=self.seconds))

    def after(self, moment: datetime) -> Occurrence:
        """The period after the one that ``moment`` lies in."""
        return self._number((moment - EPOCH) // timedelta(seconds=self.seconds) + 1)

    def _number(self, number: int) -> Occurrence:
        due_at = EPOCH + number * timedelta(seconds=self.seconds)
        return Occurrence(due_at.strftime("%Y-%m-%dT%H:%M:%SZ"), due_at)


@dataclass(frozen=True, slots=True)
class DailyAt:
    """Every day at a time in WITA; the period is the local date."""

    hour: int
    minute: int = 0
    max_catch_up: int = 31
    keep: timedelta = timedelta(days=400)

    def __post_init__(self) -> None:
        time(self.hour, self.minute)

    def latest(self, now: datetime) -> Occurrence:
        """Today's run if its time has come, else yesterday's."""
        today = self._on(local_date(now))
        return today if today.due_at <= now else self._on(local_date(now) - timedelta(days=1))

    def after(self, moment: datetime) -> Occurrence:
        """Today's run if its time is still to come, else tomorrow's."""
        today = self._on(local_date(moment))
        return today if today.due_at > moment else self._on(local_date(moment) + timedelta(days=1))

    def _on(self, day: date) -> Occurrence:
        local = datetime.combine(day, time(self.hour, self.minute), WITA)
        return Occurrence(day.isoformat(), local.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class MonthlyOn:
    """Every month on a day (1 to 28, so that every month has it) at a time in WITA; the period is the local month."""

    day: int
    hour: int = 0
    minute: int = 0
    max_catch_up: int = 12
    keep: timedelta = timedelta(days=1500)

    def __post_init__(self) -> None:
        if not 1 <= self.day <= 28:
            raise ValueError("A monthly job runs on a day from 1 to 28, which every month has.")
        time(self.hour, self.minute)

    def latest(self, now: datetime) -> Occurrence:
        """This month's run if its time has come, else last month's."""
        this = self._in(local_date(now))
        return this if this.due_at <= now else self._in(local_date(now).replace(day=1) - timedelta(days=1))

    def after(self, moment: datetime) -> Occurrence:
        """This month's run if its time is still to come, else next month's."""
        this = self._in(local_date(moment))
        return this if this.due_at > moment else self._in(local_date(moment).replace(day=28) + timedelta(days=4))

    def _in(self, day: date) -> Occurrence:
        local = datetime.combine(day.replace(day=self.day), time(self.hour, self.minute), WITA)
        return Occurrence(day.strftime("%Y-%m"), local.astimezone(UTC))


def missed(schedule: Schedule, last_done: datetime, now: datetime) -> Iterator[Occurrence]:
    """The periods that are due at ``now`` and lie after ``last_done``, in order."""
    occurrence = schedule.after(last_done)
    while occurrence.due_at <= now:
        yield occurrence
        occurrence = schedule.after(occurrence.due_at)


def newest_not_made_up_for(schedule: Schedule, now: datetime) -> Occurrence:
    """The last period before those that ``schedule`` makes up for; if it was missed, it is skipped."""
    occurrence = schedule.latest(now)
    for _ in range(schedule.max_catch_up):
        occurrence = schedule.latest(occurrence.due_at - timedelta(microseconds=1))
    return occurrence
