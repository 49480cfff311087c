"""The timed work of compliance."""

from __future__ import annotations

from services.compliance.handlers.ageing import age_daily
from shared.service import DailyAt, Job


def jobs(ageing_hour: int) -> list[Job]:
    """One job: every night, age what is unpaid."""
    return [Job("age-contributions", DailyAt(ageing_hour), age_daily)]
