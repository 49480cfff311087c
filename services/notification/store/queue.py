"""Messages on their way: which may leave, which wait for a contact, and what they become.

The rows of a batch are found one by one by their identifiers. Planned from the statistics of a table that has just
been filled, the same statement would read the whole table, or all that is queued, for each batch; hence the settings
of `_BY_KEY`, and a condition on the state that no partial index fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from services.notification.rules.outcomes import Step
from services.notification.rules.states import MessageState
from shared.database import Transaction
from shared.database.records import NamedRow
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork


class QueuedMessage(NamedTuple):
    """What a hand-over and its events need of a message; ``facts`` as JSON text."""

    message_id: UUID
    recipient_id: UUID
    recipient_kind: str
    purpose: str
    period: str
    facts: str
    version: int
    attempts: int
    cause_event_id: UUID

    @classmethod
    def of(cls, row: NamedRow) -> QueuedMessage:
        """From a row with `QUEUED_COLUMNS`."""
        return cls._make(_values(row))


_values = itemgetter(*QueuedMessage._fields)
QUEUED_COLUMNS = ", ".join(f"m.{name}" for name in QueuedMessage._fields).replace("m.facts", "m.facts::text AS facts")

_DUE = """
SELECT m.message_id, m.period, c.recipient_id IS NOT NULL AS has_contact
FROM message m LEFT JOIN contact c USING (recipient_id)
WHERE m.state = 'queued' AND m.not_before <= $1
ORDER BY m.not_before LIMIT $2
"""
# Rows are found by their identifiers and then put beside what they become by a hash. Planned from the statistics of a
# table that has just been filled, the same statement would read the whole table, all that is queued, or the batch once
# more for each of its messages; hence these settings, and a state that no partial index fits.
_BY_KEY = """
SELECT set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true),
    set_config('enable_seqscan', 'off', true)
"""
_WAIT = """
UPDATE message m SET state = 'waiting-contact' FROM unnest($1::uuid[], $2::text[]) n(message_id, period)
WHERE m.message_id = n.message_id AND m.period = n.period AND m.state || '' = 'queued'
    AND m.message_id = ANY ($1::uuid[]) AND m.period = ANY ($2::text[])
"""
_ANY_WAITS = "SELECT EXISTS (SELECT FROM message WHERE state = 'waiting-contact')"
_WAKE = """
UPDATE message SET state = 'queued', not_before = $2
WHERE state = 'waiting-contact' AND recipient_id IN (SELECT unnest($1::uuid[]))
"""
_WAITING_SINCE = f"""
SELECT {QUEUED_COLUMNS} FROM message m WHERE m.state = 'waiting-contact' AND m.created_at <= $1 LIMIT $2
"""  # noqa: S608 - columns of our own table
_MARK = """
UPDATE message m
SET state = n.state, reason = n.reason, not_before = coalesce(n.not_before, m.not_before), channel = $8,
    version = m.version + n.events, attempts = m.attempts + n.tries
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::integer[], $7::smallint[])
    n(message_id, period, state, reason, not_before, events, tries)
WHERE m.message_id = n.message_id AND m.period = n.period AND m.state || '' = $9
    AND m.message_id = ANY ($1::uuid[]) AND m.period = ANY ($2::text[])
"""


class MessageKey(NamedTuple):
    """By what a message is found quickly: ``period`` chooses the partition."""

    message_id: UUID
    period: str


class DueMessages(NamedTuple):
    """Messages whose time has come. Those whose recipient was erased are ready too: they fail when they are written."""

    ready: list[MessageKey]
    without_contact: list[MessageKey]


class Change(NamedTuple):
    """What a message becomes, how many events were emitted about it, how many attempts were made (0 or 1)."""

    message: QueuedMessage
    step: Step
    events: int
    tries: int


async def due(uow: UnitOfWork, limit: int) -> DueMessages:
    """Up to ``limit`` queued messages whose time has come, longest waiting first."""
    messages = DueMessages([], [])
    for row in await uow.fetch(_DUE, uow.moment, limit):
        group = messages.ready if row["has_contact"] else messages.without_contact
        group.append(MessageKey(row["message_id"], row["period"]))
    return messages


async def wait_for_contact(tx: Transaction, keys: Sequence[MessageKey]) -> None:
    """Let messages wait until their recipient's contact arrives. Hold the contacts first (`contacts.hold`)."""
    await tx.run(_BY_KEY)
    await tx.run(_WAIT, [key.message_id for key in keys], [key.period for key in keys])


async def wake(uow: UnitOfWork, recipient_ids: Sequence[UUID]) -> None:
    """Queue the messages that waited for the contact of these recipients. Share the contacts first."""
    if await uow.fetch_value(_ANY_WAITS):
        await uow.run(_WAKE, recipient_ids, uow.moment)


async def waiting_since(tx: Transaction, created_until: datetime, limit: int) -> list[QueuedMessage]:
    """Up to ``limit`` messages that have waited for a contact since ``created_until`` or longer."""
    return [QueuedMessage.of(row) for row in await tx.fetch(_WAITING_SINCE, created_until, limit)]


async def mark(tx: Transaction, channel: str, changes: Sequence[Change], *, from_state: MessageState) -> None:
    """Write what messages have become.

    Raises:
        InvariantError: one of them was in another state: two programs deliver, or rows were changed by hand.
    """
    await tx.run(_BY_KEY)
    tag = await tx.run(
        _MARK,
        [change.message.message_id for change in changes],
        [change.message.period for change in changes],
        [change.step.state for change in changes],
        [change.step.reason for change in changes],
        [change.step.not_before for change in changes],
        [change.events for change in changes],
        [change.tries for change in changes],
        channel,
        from_state,
    )
    require(tag == f"UPDATE {len(changes)}", "A message was changed by somebody else while it was handed over.")
