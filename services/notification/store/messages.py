"""Messages come into being: one per recipient, purpose and period, whatever is repeated."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.notification.rules import Notice
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month

# Every message is queued first, also where no contact is known: whether there is one is asked when it would leave,
# so that this hot path reads nothing. Few facts come with thousands of messages: each names its own by number.
_ADD = """
INSERT INTO message (
    message_id, recipient_id, cause_event_id, period, region_code, facts,
    recipient_kind, purpose, state, version, attempts, created_at, not_before
)
SELECT n.message_id, n.recipient_id, n.cause_event_id, ($5::date[])[n.n], ($6::text[])[n.n], ($7::jsonb[])[n.n],
    $8, $9, 'queued', 0, 0, $10, $10
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text::int[]) n(message_id, recipient_id, cause_event_id, n)
"""
_NOTE_ARRIVAL = "INSERT INTO arrival (arrival_id, purpose, messages, arrived_at) VALUES ($1, $2, $3, $4)"


# What is said, to whom, and the events because of which, one for each recipient.
Notices = Sequence[tuple[Notice, Sequence[UUID], Sequence[UUID]]]


async def add_messages(uow: UnitOfWork, recipient_kind: str, purpose: str, notices: Notices) -> int:
    """Queue a message for each recipient of a notice, if recipient, purpose and period are new; gives how many were."""
    new_id = uow.ids.next
    numbers: dict[tuple[Month, str, str], str] = {}
    named: list[str] = []
    for notice, recipients, _ in notices:
        what = (notice.period, notice.region_code, notice.facts)
        named.extend([numbers.setdefault(what, str(len(numbers) + 1))] * len(recipients))
    periods, region_codes, facts = zip(*numbers, strict=True)
    added = await uow.insert_selected(
        _ADD,
        [new_id() for _ in named],
        [recipient for _, recipients, _ in notices for recipient in recipients],
        [cause for _, _, causes in notices for cause in causes],
        "{" + ",".join(named) + "}",
        [period.first_day for period in periods],
        list(region_codes),
        list(facts),
        recipient_kind,
        purpose,
        uow.moment,
        on_conflict="(recipient_id, purpose, period) DO NOTHING",
    )
    if added:
        await uow.run(_NOTE_ARRIVAL, new_id(), purpose, added, uow.moment)
    return added
