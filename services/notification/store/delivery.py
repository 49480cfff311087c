"""Messages leave: they are claimed in a batch that is committed before the hand-over, and marked after it.

One batch is open at a time (a unique index says so). The batch holds its messages' ids, so a claim writes one row and
not thousands; a batch found open is one whose process has died.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.notification.rules import Step
from shared.messaging.outbox import UnitOfWork
from shared.privacy import SealedContact

_DUE = """
SELECT m.message_id, m.period, c.recipient_id IS NULL AS unknown, c.ciphertext IS NULL AS unreadable
FROM message m LEFT JOIN contact c USING (recipient_id)
WHERE m.state = 'queued' AND m.not_before <= $1
ORDER BY m.not_before LIMIT $2
"""
_WAIT = """
UPDATE message m SET state = 'waiting-contact' FROM unnest($1::uuid[], $2::date[]) n(message_id, period)
WHERE m.message_id = n.message_id AND m.period = n.period AND m.state || '' = 'queued'
    AND m.message_id = ANY ($1::uuid[]) AND m.period = ANY ($2::date[])
"""
_OPEN = """
INSERT INTO delivery_batch (batch_id, channel, messages, message_ids, periods, opened_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""
_FIND_OPEN = "SELECT batch_id, channel, opened_at FROM delivery_batch WHERE closed_at IS NULL"
_MESSAGES = """
SELECT m.message_id, m.recipient_id, m.recipient_kind, m.purpose, m.period, m.facts::text, m.version, m.attempts,
    m.cause_event_id, c.key_reference, c.algorithm, c.ciphertext, c.content_version
FROM delivery_batch b CROSS JOIN LATERAL unnest(b.message_ids, b.periods) n(message_id, period)
JOIN message m ON m.message_id = n.message_id AND m.period = n.period
LEFT JOIN contact c ON c.recipient_id = m.recipient_id
WHERE b.batch_id = $1 ORDER BY m.message_id
"""
# A batch's rows are found by their identifiers and then put beside what they become by a hash. Planned from the
# statistics of a table that has just been filled, the same statement would read the whole table, all that is queued, or
# the batch once more for each of its messages; hence these settings, and a state that no partial index fits.
_BY_KEY = """
SELECT set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true),
    set_config('enable_seqscan', 'off', true)
"""
_MARK = """
UPDATE message m
SET state = n.state, reason = n.reason, not_before = coalesce(n.not_before, m.not_before), channel = $8,
    version = m.version + n.events, attempts = m.attempts + n.tries
FROM unnest($1::uuid[], $2::date[], $3::text[], $4::text[], $5::timestamptz[], $6::integer[], $7::smallint[])
    n(message_id, period, state, reason, not_before, events, tries)
WHERE m.message_id = n.message_id AND m.period = n.period AND m.state || '' = ANY ($9::text[])
    AND m.message_id = ANY ($1::uuid[]) AND m.period = ANY ($2::date[])
"""
_EXPIRED = """
SELECT message_id, recipient_id, recipient_kind, purpose, period, facts::text, version, attempts, cause_event_id,
    NULL, NULL, NULL, NULL
FROM message WHERE state = 'waiting-contact' AND created_at <= $1 LIMIT $2
"""
_CLOSE = """
UPDATE delivery_batch SET closed_at = $2, handed_over = $3, message_ids = NULL, periods = NULL
WHERE batch_id = $1 AND closed_at IS NULL
"""
_ATTEMPT_COLUMNS = (
    "message_id", "attempt", "batch_id", "outcome", "reason", "language", "template", "template_version", "at"
)  # fmt: skip


class DoubleDeliveryError(Exception):
    """Rows that this process alone may change were changed by another one; nothing of it is kept."""

    safe_message = (
        "A delivery batch was changed by somebody else; look for two programs delivering, or changes by hand."
    )


class Due(NamedTuple):
    """A message that may leave, by what is known of its recipient."""

    message_id: UUID
    period: date


@dataclass(frozen=True, slots=True)
class DueMessages:
    """Those that can be handed over, those without any contact, those whose contact was erased."""

    ready: list[Due]
    unknown: list[Due]
    erased: list[Due]


class OpenBatch(NamedTuple):
    """A batch between claim and mark."""

    batch_id: UUID
    channel: str
    opened_at: datetime


class Queued(NamedTuple):
    """A claimed message with what its text and its events need. ``sealed`` is None where the contact was erased."""

    message_id: UUID
    recipient_id: UUID
    recipient_kind: str
    purpose: str
    period: date
    facts: str
    version: int
    attempts: int
    cause_event_id: UUID
    sealed: SealedContact | None


class Marked(NamedTuple):
    """What a message becomes: its step, how many events were emitted, how many attempts were made (0 or 1)."""

    message_id: UUID
    period: date
    step: Step
    events: int
    tries: int


async def due_messages(uow: UnitOfWork, moment: datetime, limit: int) -> DueMessages:
    """Up to ``limit`` queued messages whose time has come, longest waiting first."""
    due = DueMessages([], [], [])
    for message_id, period, unknown, unreadable in await uow.fetch(_DUE, moment, limit):
        group = due.unknown if unknown else due.erased if unreadable else due.ready
        group.append(Due(message_id, period))
    return due


async def wait_for_contact(uow: UnitOfWork, messages: Sequence[Due]) -> None:
    """Let messages wait until their recipient's contact arrives. Hold the contacts first (`contacts.hold_contacts`)."""
    await uow.run(_BY_KEY)
    await uow.run(_WAIT, [one.message_id for one in messages], [one.period for one in messages])


async def open_batch(uow: UnitOfWork, channel: str, messages: Sequence[Due]) -> OpenBatch:
    """Claim messages for a hand-over."""
    batch = OpenBatch(uow.ids.next(), channel, uow.moment)
    ids, periods = [one.message_id for one in messages], [one.period for one in messages]
    await uow.run(_OPEN, batch.batch_id, channel, len(messages), ids, periods, batch.opened_at)
    return batch


async def find_open_batch(uow: UnitOfWork) -> OpenBatch | None:
    """The batch that is open, if any."""
    rows = await uow.fetch(_FIND_OPEN)
    return OpenBatch(*rows[0]) if rows else None


async def messages_of(uow: UnitOfWork, batch_id: UUID) -> list[Queued]:
    """The messages of an open batch, in order of id."""
    return [_queued(row) for row in await uow.fetch(_MESSAGES, batch_id)]


async def expired_waiting(uow: UnitOfWork, created_until: datetime, limit: int) -> list[Queued]:
    """Up to ``limit`` messages that have waited for a contact since ``created_until`` or longer."""
    return [_queued(row) for row in await uow.fetch(_EXPIRED, created_until, limit)]


def _queued(row: Any) -> Queued:
    values = tuple(row)
    sealed = None if values[11] is None else SealedContact(*values[9:])
    return Queued._make((*values[:9], sealed))


async def mark(uow: UnitOfWork, channel: str, marked: Sequence[Marked], *, from_states: Sequence[str]) -> None:
    """Write what messages have become. Raises DoubleDeliveryError if one of them is in another state already."""
    await uow.run(_BY_KEY)
    tag = await uow.run(
        _MARK,
        [one.message_id for one in marked],
        [one.period for one in marked],
        [one.step.state for one in marked],
        [one.step.reason for one in marked],
        [one.step.not_before for one in marked],
        [one.events for one in marked],
        [one.tries for one in marked],
        channel,
        from_states,
    )
    if int(tag.rpartition(" ")[2]) != len(marked):
        raise DoubleDeliveryError


async def note_attempts(uow: UnitOfWork, attempts: Sequence[tuple[Any, ...]]) -> None:
    """Add rows of the table attempt, in the order of its columns."""
    await uow.copy_rows("attempt", _ATTEMPT_COLUMNS, attempts)


async def close_batch(uow: UnitOfWork, batch_id: UUID, handed_over: int) -> None:
    """Close a batch. Raises DoubleDeliveryError if it is closed already."""
    if await uow.run(_CLOSE, batch_id, uow.moment, handed_over) != "UPDATE 1":
        raise DoubleDeliveryError
