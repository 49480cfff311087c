"""Ages what is unpaid: counts late fines until a day and announces each delay once per begun month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.compliance.handlers.settling import settle_accounts
from services.compliance.store import ageing, employers
from shared import audit
from shared.messaging.outbox import UnitOfWork


@dataclass(frozen=True, slots=True)
class Ageing:
    """What a run found: employers that owe something after its due date, and delays announced now."""

    as_of: date
    late_employers: int
    announced: int


async def age(uow: UnitOfWork, as_of: date, areas: Sequence[str] | None) -> Ageing:
    """Age contributions until ``as_of``; ``areas`` None: everywhere. A day that is counted already changes nothing."""
    late = await ageing.late_employers(uow, as_of, areas)
    await employers.lock_ids(uow, late)
    done = await settle_accounts(uow, late, as_of=as_of)
    return Ageing(as_of, len(late), done.announced)


async def age_daily(uow: UnitOfWork, period_key: str) -> None:
    """The daily job; its period is the day (WITA)."""
    await age(uow, date.fromisoformat(period_key), None)


async def age_on_command(uow: UnitOfWork, as_of: date, actor: str, areas: Sequence[str]) -> Ageing:
    """The same on command, in the areas of whoever asks."""
    done = await age(uow, as_of, areas)
    details: dict[str, str | int | None] = {
        "as_of": as_of.isoformat(),
        "late_employers": done.late_employers,
        "announced": done.announced,
    }
    await audit.record(uow, uow.moment, actor, "run-ageing", f"as_of {as_of}", details)
    return done
