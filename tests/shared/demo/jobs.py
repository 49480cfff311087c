"""The timed work of the stamp book."""

from __future__ import annotations

from shared.service import DailyAt, Job
from tests.shared.demo import handlers


def jobs(closing_hour: int) -> list[Job]:
    """One job: close the day."""
    return [Job("close-day", DailyAt(closing_hour), handlers.close_day)]
