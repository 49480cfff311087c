"""Ages what is unpaid: counts late fines until a day and announces each delay once per begun month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.compliance import store
from services.compliance.handlers.settling import settle_accounts
from services.compliance.rules.rulebook import Rulebook
from shared import audit
from shared.access.errors import RefusedError
from shared.clock import local_date
from shared.messaging.outbox import UnitOfWork


@dataclass(frozen=True, slots=True)
class Ageing:
    """What a run came to: employers that owe something after its due date, and delays announced now."""

    as_of: date
    late_employers: int
    announced: int


async def age(uow: UnitOfWork, rulebook: Rulebook, as_of: date, areas: Sequence[str] | None) -> Ageing:
    """Age contributions until ``as_of``; ``areas`` None: everywhere. A day that is counted already changes nothing."""
    late = await store.accounts.late_employers(uow, as_of, areas)
    await store.employers.lock_ids(uow, late)
    settled = await settle_accounts(uow, rulebook, late, as_of=as_of)
    return Ageing(as_of, len(late), settled.announced)


async def age_on_command(uow: UnitOfWork, rulebook: Rulebook, as_of: date, actor: str, areas: Sequence[str]) -> Ageing:
    """The same on command, in the areas of whoever asks.

    Raises:
        RefusedError: "as-of-in-future", for a day that is yet to come.
    """
    if as_of > local_date(uow.moment):
        raise RefusedError("as-of-in-future")
    ageing = await age(uow, rulebook, as_of, areas)
    details: dict[str, str | int | None] = {
        "as_of": as_of.isoformat(),
        "late_employers": ageing.late_employers,
        "announced": ageing.announced,
    }
    await audit.record(uow, uow.moment, actor, "run-ageing", f"as_of {as_of}", details)
    return ageing
