"""Messages come into being: one per recipient, purpose and period, whatever is repeated."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.notification.rules import Notice
from shared.messaging.outbox import UnitOfWork

# Every message is queued first, also where no contact is known: whether there is one is asked when it would leave,
# so that this hot path reads nothing.
_ADD = """
INSERT INTO message (
    message_id, recipient_id, period, region_code, facts, cause_event_id,
    recipient_kind, purpose, state, version, attempts, created_at, not_before
)
SELECT n.*, $7, $8, 'queued', 0, 0, $9, $9
FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::text[], $5::jsonb[], $6::uuid[]) n
ON CONFLICT (recipient_id, purpose, period) DO NOTHING
"""
_NOTE_ARRIVAL = "INSERT INTO arrival (arrival_id, purpose, messages, arrived_at) VALUES ($1, $2, $3, $4)"


async def add_messages(
    uow: UnitOfWork, recipient_kind: str, purpose: str, notices: Sequence[tuple[Notice, UUID]]
) -> int:
    """Queue a message for each notice (with the id of its event) whose recipient, purpose and period are new; gives
    how many were."""
    new_id = uow.ids.next
    first_days = {notice.period: notice.period.first_day for notice, _ in notices}
    tag = await uow.run(
        _ADD,
        [new_id() for _ in notices],
        [notice.recipient_id for notice, _ in notices],
        [first_days[notice.period] for notice, _ in notices],
        [notice.region_code for notice, _ in notices],
        [notice.facts for notice, _ in notices],
        [cause for _, cause in notices],
        recipient_kind,
        purpose,
        uow.moment,
    )
    made = int(tag.rpartition(" ")[2])
    if made:
        await uow.run(_NOTE_ARRIVAL, new_id(), purpose, made, uow.moment)
    return made
