"""Events that cannot be applied wait in sight, and every later event of the same key waits behind them.

A key is blocked by its row in ``parked_key``; consumer and replay take that row's lock, so an event cannot slip in
between a replay and the unblocking. Other keys flow on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from uuid import UUID

from shared.contracts.base import Event
from shared.database.database import Transaction
from shared.invariants import require_some
from shared.messaging.consume.intake import Item, storable_headers
from shared.messaging.outbox import UnitOfWork
from shared.messaging.record import record_hash

_HAS_REASON = "What is parked was given a reason."
Coordinates = tuple[str, int, int, int]
TopicKey = tuple[str, str]

_BLOCKED = """
SELECT topic, key FROM parked_key
WHERE (topic, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))
ORDER BY topic, key FOR UPDATE
"""
_IS_ANY_BLOCKED = "SELECT EXISTS (SELECT FROM parked_key)"
_KNOWN_COORDINATES = """
SELECT topic, partition, kafka_offset, record_hash FROM parked_event
WHERE (topic, partition, kafka_offset, record_hash) IN
    (SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]))
"""
_KNOWN_IDS = "SELECT event_id FROM inbox WHERE event_id = ANY ($1::uuid[])"
_INSERT_EVENTS = """
INSERT INTO parked_event (topic, partition, kafka_offset, record_hash, key, record_key, event_id, headers, body,
                          reason_code, reason)
SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[], $7::uuid[],
                     $8::jsonb[], $9::bytea[], $10::text[], $11::text[])
ON CONFLICT (topic, partition, kafka_offset, record_hash) DO NOTHING
RETURNING position
"""
_INSERT_KEYS = """
INSERT INTO parked_key (topic, key) SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING
"""


def coordinates(item: Item) -> Coordinates:
    """Which record it is: where it lies in Kafka, and a hash of it for the case that the topic was made anew."""
    record = item.record
    return record.topic, record.partition, record.offset, record_hash(record)


def topic_key(item: Item) -> TopicKey | None:
    """The unit of order, or None for a record without a key, which nothing can follow."""
    return None if item.key is None else (item.record.topic, item.key)


async def blocked_keys(tx: Transaction, all_pairs: Iterable[TopicKey | None]) -> set[TopicKey]:
    """Which of these keys wait behind a parked event. Their rows stay locked until the transaction ends."""
    if not await tx.fetch_value(_IS_ANY_BLOCKED):  # nearly always; asking for each key costs as much as reading it
        return set()
    pairs = {pair for pair in all_pairs if pair is not None}
    if not pairs:
        return set()
    rows = await tx.fetch(_BLOCKED, [topic for topic, _ in pairs], [key for _, key in pairs])
    return {(row[0], row[1]) for row in rows}


async def parked_before(tx: Transaction, items: Sequence[Item]) -> set[Coordinates]:
    """Which records of ``items`` were parked at an earlier delivery, whatever became of them since."""
    if not items:
        return set()
    places = [coordinates(item) for item in items]
    rows = await tx.fetch(_KNOWN_COORDINATES, *(list(column) for column in zip(*places, strict=True)))
    return {(row[0], row[1], row[2], row[3]) for row in rows}


async def applied_before(tx: Transaction, items: Sequence[Item]) -> set[UUID]:
    """Which events of ``items`` are in the inbox already."""
    ids = [item.event_id for item in items if item.event_id is not None]
    return {row[0] for row in await tx.fetch(_KNOWN_IDS, ids)} if ids else set()


async def park(work: UnitOfWork, items: Sequence[Item], announcement: type[Event] | None) -> None:
    """Write ``items``, each with its reason and in order of delivery, and block their keys.

    ``announcement`` is the event of the topic ``<service>.parked``, emitted for each; None says nothing to others.
    """
    rows = []
    for item in items:
        reason = require_some(item.reason, _HAS_REASON)
        record = item.record
        rows.append(
            (
                *coordinates(item),
                item.key,
                record.key,
                item.event_id,
                json.dumps(storable_headers(record.headers)),
                record.value,
                reason.code.value,
                reason.sentence,
            )
        )
    positions = await work.fetch(_INSERT_EVENTS, *(list(column) for column in zip(*rows, strict=True)))
    pairs = [pair for item in items if (pair := topic_key(item)) is not None]
    await work.run(_INSERT_KEYS, [topic for topic, _ in pairs], [key for _, key in pairs])
    if announcement is not None and len(positions) == len(items):
        _announce(work, items, [row[0] for row in positions], announcement)


def _announce(work: UnitOfWork, items: Sequence[Item], positions: Sequence[int], announcement: type[Event]) -> None:
    for item, position in zip(items, positions, strict=True):
        reason = require_some(item.reason, _HAS_REASON)
        work.emit(
            announcement.model_validate(
                {
                    "aggregate_version": 1,
                    "position": position,
                    "topic": item.record.topic,
                    "partition": item.record.partition,
                    "offset": item.record.offset,
                    "event_id": item.event_id,
                    "reason": reason.code.value,
                    "explanation": reason.sentence,
                    "parked_at": work.moment,
                }
            )
        )
