"""The timed work of compliance."""

from __future__ import annotations

from datetime import date

from services.compliance.handlers.ageing import age
from services.compliance.rules.rulebook import Rulebook
from shared.messaging.outbox import UnitOfWork
from shared.service import DailyAt, Job


def jobs(rulebook: Rulebook, ageing_hour: int) -> list[Job]:
    """One job: every night, age what is unpaid everywhere."""

    async def age_daily(uow: UnitOfWork, period_key: str) -> None:
        """The job's period is the day (WITA)."""
        await age(uow, rulebook, date.fromisoformat(period_key), None)

    return [Job("age-contributions", DailyAt(ageing_hour), age_daily)]
