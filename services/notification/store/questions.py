"""What is asked of messages from outside. Everything is narrowed to the caller's area."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Row, func, select

from services.notification.tables import STATES, Message
from shared.access.areas import AreaScope
from shared.access.paging import Keyset, Page, PageQuery
from shared.database import Transaction
from shared.periods import Month

_MESSAGE = Message.__table__.c  # type: ignore[attr-defined] # SQLModel does not type it
_COLUMNS = (
    _MESSAGE.message_id,
    _MESSAGE.recipient_id,
    _MESSAGE.recipient_kind,
    _MESSAGE.purpose,
    _MESSAGE.period,
    _MESSAGE.region_code,
    _MESSAGE.state,
    _MESSAGE.reason,
    _MESSAGE.channel,
    _MESSAGE.attempts,
    _MESSAGE.created_at,
)
# Newest first: identifiers are in order of time.
_ORDER = Keyset((_MESSAGE.message_id, UUID), descending=True)


class MessageState(BaseModel):
    """A message without its text."""

    message_id: UUID
    recipient_id: UUID
    recipient_kind: str
    purpose: str
    period: Month
    region_code: str
    state: str
    reason: str | None
    channel: str | None
    attempts: int
    created_at: datetime


def _state(row: Row[Any]) -> MessageState:
    values = dict(row._mapping)
    return MessageState(**values | {"period": Month.of(values["period"])})


async def list_messages(
    tx: Transaction, areas: AreaScope, query: PageQuery, recipient_id: UUID | None, purpose: str | None
) -> Page[MessageState]:
    """Messages of the area, newest first."""
    statement = select(*_COLUMNS).where(areas.where(_MESSAGE.region_code))
    if recipient_id is not None:
        statement = statement.where(_MESSAGE.recipient_id == recipient_id)
    if purpose is not None:
        statement = statement.where(_MESSAGE.purpose == purpose)
    rows = (await tx.execute(_ORDER.apply(statement, query))).all()
    return _ORDER.page(rows, [_state(row) for row in rows], query)


async def find_message(tx: Transaction, areas: AreaScope, message_id: UUID) -> MessageState | None:
    """One message, if it is of the area."""
    statement = select(*_COLUMNS).where(_MESSAGE.message_id == message_id, areas.where(_MESSAGE.region_code))
    row = (await tx.execute(statement)).first()
    return None if row is None else _state(row)


async def count_messages(tx: Transaction, areas: AreaScope) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Messages of the area by purpose, by state (all states are there), and the failed ones by reason."""
    statement = (
        select(_MESSAGE.purpose, _MESSAGE.state, _MESSAGE.reason, func.count())
        .where(areas.where(_MESSAGE.region_code))
        .group_by(_MESSAGE.purpose, _MESSAGE.state, _MESSAGE.reason)
    )
    purposes: Counter[str] = Counter()
    states: Counter[str] = Counter(dict.fromkeys(STATES, 0))
    reasons: Counter[str] = Counter()
    rows: list[Any] = list((await tx.execute(statement)).all())
    for purpose, state, reason, count in rows:
        purposes[purpose] += count
        states[state] += count
        if reason is not None:
            reasons[reason] += count
    return dict(purposes), dict(states), dict(reasons)
