"""What a person may see or change: a record outside their area is as one that does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from services.subsidy import store
from services.subsidy.rules.states import LineState
from services.subsidy.store.funding import Funding
from shared.access.areas import AreaScope
from shared.access.errors import NotVisibleError, RefusedError
from shared.messaging.outbox import UnitOfWork

RecordT = TypeVar("RecordT")


def visible(records: Sequence[RecordT]) -> RecordT:
    """The one that was looked for in somebody's area. Raises NotVisibleError."""
    if not records:
        raise NotVisibleError
    return records[0]


async def lock_line(uow: UnitOfWork, line_id: UUID, areas: AreaScope) -> Funding:
    """Lock a funding line of somebody's area. Raises NotVisibleError."""
    funding = await store.funding.lock_within(uow, line_id, areas.sql_prefixes())
    if funding is None:
        raise NotVisibleError
    return funding


async def lock_open_line(uow: UnitOfWork, line_id: UUID, areas: AreaScope) -> Funding:
    """Lock a funding line whose money may be promised. Raises NotVisibleError and RefusedError."""
    funding = await lock_line(uow, line_id, areas)
    if funding.line.state != LineState.OPEN:
        raise RefusedError("line-not-open")
    return funding
