"""Time comes in from outside, so that rules can be tested at any moment and replays give the same answer.

Events carry UTC; business dates are local to Asia/Makassar (WITA, UTC+8, no summer time).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

WITA = ZoneInfo("Asia/Makassar")


class Clock(Protocol):
    """Where handlers and jobs get the time from."""

    def now(self) -> datetime:
        """The present moment, timezone-aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The machine's present moment in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that a test moves by hand."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("A clock needs a timezone-aware start; add tzinfo=UTC.")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The moment that the test has set, in UTC."""
        return self._now

    def advance(self, step: timedelta) -> None:
        """Move forward by ``step``."""
        self._now += step

    def set(self, moment: datetime) -> None:
        """Jump to ``moment``, forward or back."""
        self._now = moment.astimezone(UTC)


def local_date(moment: datetime) -> date:
    """The business date in East Kalimantan (WITA) at ``moment``."""
    return moment.astimezone(WITA).date()
