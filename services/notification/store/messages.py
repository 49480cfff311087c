"""Messages come into being, one per recipient, purpose and period, whatever is repeated; and what is asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from services.notification.rules.notices import Notice
from services.notification.rules.states import MessageState, Purpose
from services.notification.tables import Message
from shared.access.areas import AreaScope
from shared.access.paging import Keyset, PageQuery
from shared.database import Transaction
from shared.database.records import record, records
from shared.messaging.outbox import UnitOfWork

# Every message is queued first, also where no contact is known: whether there is one is asked when it would leave,
# so that this hot path reads nothing. Few facts come with thousands of messages: each names its own by number.
_ADD = """
INSERT INTO message (
    message_id, recipient_id, cause_event_id, period, region_code, facts,
    recipient_kind, purpose, state, version, attempts, created_at, not_before
)
SELECT n.message_id, n.recipient_id, n.cause_event_id, ($5::text[])[n.n], ($6::text[])[n.n], ($7::jsonb[])[n.n],
    $8, $9, $10, 0, 0, $11, $11
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text::int[]) n(message_id, recipient_id, cause_event_id, n)
"""
_NOTE_ARRIVAL = "INSERT INTO arrival (arrival_id, purpose, messages, arrived_at) VALUES ($1, $2, $3, $4)"

_MESSAGE = Message.__table__.c  # type: ignore[attr-defined] # SQLModel does not type it
# The text says it, or only the delivery needs it.
_HIDDEN = ("facts", "cause_event_id", "version", "not_before")
_SHOWN = [column for column in _MESSAGE if column.name not in _HIDDEN]
# Identifiers are in order of time.
NEWEST_FIRST = Keyset((_MESSAGE.message_id, UUID), descending=True)


class Telling(NamedTuple):
    """A notice, whom it goes to, and the event because of which, one for each recipient."""

    notice: Notice
    recipient_ids: Sequence[UUID]
    cause_event_ids: Sequence[UUID]


class MessageCount(NamedTuple):
    """How many messages there are of a purpose in a state, failed ones by reason."""

    purpose: str
    state: str
    reason: str | None
    messages: int


async def add(uow: UnitOfWork, purpose: Purpose, tellings: Sequence[Telling]) -> None:
    """Queue a message for each recipient of a notice, if recipient, purpose and period are new."""
    if not tellings:
        return
    new_id = uow.ids.next
    numbers: dict[Notice, str] = {}
    named: list[str] = []
    for telling in tellings:
        named.extend([numbers.setdefault(telling.notice, str(len(numbers) + 1))] * len(telling.recipient_ids))
    added = await uow.insert_selected(
        _ADD,
        [new_id() for _ in named],
        [recipient_id for telling in tellings for recipient_id in telling.recipient_ids],
        [event_id for telling in tellings for event_id in telling.cause_event_ids],
        "{" + ",".join(named) + "}",
        [str(notice.period) for notice in numbers],
        [notice.region_code for notice in numbers],
        [notice.facts for notice in numbers],
        purpose.recipient_kind,
        purpose,
        MessageState.QUEUED,
        uow.moment,
        on_conflict="(recipient_id, purpose, period) DO NOTHING",
    )
    if added:
        await uow.run(_NOTE_ARRIVAL, new_id(), purpose, added, uow.moment)


async def page(
    tx: Transaction, areas: AreaScope, query: PageQuery, recipient_id: UUID | None, purpose: str | None
) -> list[Message]:
    """Messages of the area, newest first, and one more than the page has."""
    statement = select(*_SHOWN).where(areas.where(_MESSAGE.region_code))
    if recipient_id is not None:
        statement = statement.where(_MESSAGE.recipient_id == recipient_id)
    if purpose is not None:
        statement = statement.where(_MESSAGE.purpose == purpose)
    rows = (await tx.execute(NEWEST_FIRST.apply(statement, query))).mappings()
    return records(Message, rows, without=_HIDDEN)


async def find(tx: Transaction, areas: AreaScope, message_id: UUID) -> Message | None:
    """One message, if it is of the area."""
    statement = select(*_SHOWN).where(_MESSAGE.message_id == message_id, areas.where(_MESSAGE.region_code))
    row = (await tx.execute(statement)).mappings().first()
    return None if row is None else record(Message, row, without=_HIDDEN)


async def count(tx: Transaction, areas: AreaScope) -> list[MessageCount]:
    """How many messages the area has."""
    kinds = (_MESSAGE.purpose, _MESSAGE.state, _MESSAGE.reason)
    statement = select(*kinds, func.count().label("messages")).where(areas.where(_MESSAGE.region_code)).group_by(*kinds)
    return [MessageCount(**row) for row in (await tx.execute(statement)).mappings()]
