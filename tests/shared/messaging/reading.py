"""What a reader has made of records, one by one: to compare two readers, whatever groups they make."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from shared.messaging.columnar.event_groups import EventBatch
from shared.messaging.consume.batch import Batch
from shared.messaging.envelope import Received
from shared.messaging.reasons import ParkReason


class Read(NamedTuple):
    """One record as it was read: an event with the hash of its body, or the reason why it is none."""

    number: int
    event_id: UUID | None
    received: Received[Any] | None
    event_type: type[Any] | None
    body_hash: int | None
    reason: ParkReason | None
    key: str | None


def one_by_one(batch: Batch) -> list[Read]:
    """What became of each record, in order."""
    read = [
        Read(number, event_id, received, group.event_type, body_hash, None, received.key)
        for group in batch.groups
        for number, event_id, received, body_hash in zip(
            group.numbers, group.event_ids, group.received(), group.body_hashes, strict=True
        )
    ]
    read += [Read(p.number, p.event_id, None, None, None, p.reason, p.key) for p in batch.parkables]
    assert sorted(each.number for each in read) == list(range(len(batch)))
    return sorted(read, key=lambda each: each.number)


def events_of(batch: Batch) -> EventBatch[Any]:
    """All events of ``batch``, of which nothing is to be parked."""
    assert not batch.parkables
    return EventBatch(batch.groups)
