"""Workers as people look at them: openly what everybody may know, sealed what names them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select

from services.enrolment.tables import Decision, Person, Worker
from shared.access.areas import AreaScope
from shared.access.paging import Keyset, PageQuery
from shared.database import Transaction

_WORKER: Final = Worker.__table__  # type: ignore[attr-defined]
_PERSON: Final = Person.__table__  # type: ignore[attr-defined]
_DECISION: Final = Decision.__table__  # type: ignore[attr-defined]
REGISTRATION_ORDER: Final = Keyset((_WORKER.c.worker_id, UUID))


async def page(tx: Transaction, scope: AreaScope, status: str | None, query: PageQuery) -> list[Any]:
    """Workers within ``scope``, in order of registration."""
    statement = _seen().where(scope.where(_WORKER.c.village_code))
    if status is not None:
        statement = statement.where(_WORKER.c.status == status)
    return list((await tx.execute(REGISTRATION_ORDER.apply(statement, query))).all())


async def see(tx: Transaction, worker_id: UUID, scope: AreaScope) -> Any | None:
    """A worker within ``scope``."""
    statement = _seen().where(_WORKER.c.worker_id == worker_id, scope.where(_WORKER.c.village_code))
    return (await tx.execute(statement)).first()


def _seen() -> Select[Any]:
    decided = (_DECISION.c.reasons, _DECISION.c.kind, _DECISION.c.rules_version, _DECISION.c.decided_on)
    sealed = (_PERSON.c.kek_id, _PERSON.c.wrapped_key, _PERSON.c.profile)
    return (
        select(_WORKER, *decided, *sealed)
        .join(_DECISION, _DECISION.c.decision_id == _WORKER.c.decision_id)
        .join(_PERSON, _PERSON.c.worker_id == _WORKER.c.worker_id)
    )
