"""Messages leave in batches: one is committed before the hand-over, and closed after it.

One batch is open at a time (a unique index says so). The batch holds its messages' ids, so a claim writes one row and
not thousands; a batch found open is one whose process has died.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from services.notification.rules.outcomes import Outcome
from services.notification.rules.templates import Template
from services.notification.store.queue import QUEUED_COLUMNS, MessageKey, QueuedMessage
from services.notification.tables import DeliveryBatch
from shared.database import Transaction
from shared.database.records import NamedRow, columns, record
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork
from shared.privacy import SealedContact

_CONTENT = ("message_ids", "periods")
_OPEN = """
INSERT INTO delivery_batch (batch_id, channel, messages, message_ids, periods, opened_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""
_FIND_OPEN = f"SELECT {columns(DeliveryBatch, without=_CONTENT)} FROM delivery_batch WHERE closed_at IS NULL"  # noqa: S608
_MESSAGES = f"""
SELECT {QUEUED_COLUMNS}, c.key_reference, c.algorithm, c.ciphertext, c.content_version
FROM delivery_batch b CROSS JOIN LATERAL unnest(b.message_ids, b.periods) n(message_id, period)
JOIN message m ON m.message_id = n.message_id AND m.period = n.period
LEFT JOIN contact c ON c.recipient_id = m.recipient_id
WHERE b.batch_id = $1 ORDER BY m.message_id
"""  # noqa: S608 - columns of our own tables
_ATTEMPT_COLUMNS = (
    "message_id", "attempt", "batch_id", "outcome", "reason", "language", "template", "template_version", "at"
)  # fmt: skip
_CLOSE = """
UPDATE delivery_batch SET closed_at = $2, handed_over = $3, message_ids = NULL, periods = NULL
WHERE batch_id = $1 AND closed_at IS NULL
"""


class ClaimedMessage(NamedTuple):
    """A message of a batch with its recipient's contact, which is None where it was erased."""

    message: QueuedMessage
    sealed: SealedContact | None


class TriedMessage(NamedTuple):
    """One attempt: which message, the how many-th of it, how it ended, in which wording (None: none was written)."""

    message_id: UUID
    attempt: int
    outcome: Outcome
    template: Template | None


async def open(uow: UnitOfWork, channel: str, keys: Sequence[MessageKey]) -> DeliveryBatch:  # noqa: A001
    """Claim messages for a hand-over."""
    batch = DeliveryBatch(
        batch_id=uow.ids.next(),
        channel=channel,
        messages=len(keys),
        message_ids=[key.message_id for key in keys],
        periods=[key.period for key in keys],
        opened_at=uow.moment,
        closed_at=None,
    )
    values = (batch.batch_id, channel, batch.messages, batch.message_ids, batch.periods, batch.opened_at)
    await uow.run(_OPEN, *values)
    return batch


async def find_open(tx: Transaction) -> DeliveryBatch | None:
    """The batch that is open, if any, without its content."""
    rows = await tx.fetch(_FIND_OPEN)
    return record(DeliveryBatch, rows[0], without=_CONTENT) if rows else None


async def messages(tx: Transaction, batch_id: UUID) -> list[ClaimedMessage]:
    """The messages of an open batch, in order of id."""
    return [ClaimedMessage(QueuedMessage.of(row), _sealed(row)) for row in await tx.fetch(_MESSAGES, batch_id)]


def _sealed(row: NamedRow) -> SealedContact | None:
    if row["ciphertext"] is None:
        return None
    return SealedContact(row["key_reference"], row["algorithm"], row["ciphertext"], row["content_version"])


async def add_attempts(uow: UnitOfWork, batch_id: UUID, attempts: Iterable[TriedMessage]) -> None:
    """Note what was tried in a batch."""
    await uow.copy_rows("attempt", _ATTEMPT_COLUMNS, [_attempt(uow, batch_id, attempt) for attempt in attempts])


def _attempt(uow: UnitOfWork, batch_id: UUID, tried: TriedMessage) -> tuple[object, ...]:
    outcome, template = tried.outcome, tried.template
    wording = (template.language, template.template, template.version) if template else (None, None, None)
    return (tried.message_id, tried.attempt, batch_id, outcome.kind, outcome.reason, *wording, uow.moment)


async def close(uow: UnitOfWork, batch_id: UUID, handed_over: int) -> None:
    """Close a batch.

    Raises:
        InvariantError: it was closed already: two programs deliver, or rows were changed by hand.
    """
    tag = await uow.run(_CLOSE, batch_id, uow.moment, handed_over)
    require(tag == "UPDATE 1", "A delivery batch was closed by somebody else.")
