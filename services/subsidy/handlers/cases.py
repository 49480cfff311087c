"""Cases close by themselves when their cause is gone; the others are closed by a person who has looked at them."""

from __future__ import annotations

from uuid import UUID

from services.subsidy import store
from services.subsidy.tables import Case
from shared import audit
from shared.access.areas import AreaScope
from shared.access.errors import NotVisibleError, RefusedError
from shared.messaging.outbox import UnitOfWork


async def close_case(uow: UnitOfWork, case_id: UUID, note: str, actor: str, areas: AreaScope) -> Case:
    """Close a case with a note on what was done. It changes no money. Raises NotVisibleError and RefusedError."""
    case = await store.cases.lock(uow, case_id, areas)
    if case is None:
        raise NotVisibleError
    if case.closed_at is not None:
        raise RefusedError("case-closed")
    closed = await store.cases.close_one(uow, case_id)
    await audit.record(uow, uow.moment, actor, "close-case", f"case {case_id}", {"kind": case.kind, "note": note})
    return closed
