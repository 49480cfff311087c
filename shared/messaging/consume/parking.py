"""Events that cannot be applied are parked in sight, and later events of the same key wait behind the owner's own.

A key is blocked by its row in ``parked_key`` while an open event of it has a reason that holds keys
(`reasons.HOLDS_KEY`); consumer and replay take that row's lock, so an event cannot slip in between a replay and the
unblocking. Other keys flow on, and so does the key of a record that is not the owner's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import asyncpg

from shared.contracts.base import Event
from shared.database.database import Transaction
from shared.messaging.consume.batch import Parkable, TopicKey
from shared.messaging.consume.intake import storable_headers
from shared.messaging.outbox import UnitOfWork
from shared.messaging.reasons import HOLDING
from shared.messaging.record import record_hash

# As a parameter of statements.
HOLDING_CODES = sorted(code.value for code in HOLDING)

Coordinates = tuple[str, int, int, int]

# The program before had a row for the key of every parked record, foreign ones too; behind those nobody waits.
_BLOCKED = """
SELECT topic, key FROM parked_key
WHERE (topic, key) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND EXISTS (
    SELECT FROM parked_event open
    WHERE open.status = 'parked' AND open.topic = parked_key.topic AND open.key = parked_key.key
      AND open.reason_code = ANY ($3::text[])
)
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
RETURNING position, topic, partition, kafka_offset, record_hash
"""
# A row that is there is locked, so that nobody who does not see what is parked here takes it away meanwhile.
BLOCK_KEYS = """
INSERT INTO parked_key (topic, key) SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS held (topic, key)
ORDER BY topic, key
ON CONFLICT (topic, key) DO UPDATE SET parked_since = parked_key.parked_since
"""


def coordinates(parkable: Parkable) -> Coordinates:
    """Which record it is: where it lies in Kafka, and a hash of it for the case that the topic was made anew."""
    record = parkable.record
    return record.topic, record.partition, record.offset, record_hash(record)


async def blocked_keys(tx: Transaction, all_pairs: Iterable[TopicKey | None]) -> set[TopicKey]:
    """Which of these keys wait behind a parked event. Their rows stay locked until the transaction ends."""
    if not await tx.fetch_value(_IS_ANY_BLOCKED):  # nearly always; asking for each key costs as much as reading it
        return set()
    pairs = {pair for pair in all_pairs if pair is not None}
    if not pairs:
        return set()
    rows = await tx.fetch(_BLOCKED, [topic for topic, _ in pairs], [key for _, key in pairs], HOLDING_CODES)
    return {(row["topic"], row["key"]) for row in rows}


async def parked_before(tx: Transaction, parkables: Sequence[Parkable]) -> set[Coordinates]:
    """Which records of ``parkables`` were parked at an earlier delivery, whatever became of them since."""
    if not parkables:
        return set()
    places = [coordinates(parkable) for parkable in parkables]
    rows = await tx.fetch(_KNOWN_COORDINATES, *(list(column) for column in zip(*places, strict=True)))
    return {_coordinates_in(row) for row in rows}


async def applied_before(tx: Transaction, parkables: Sequence[Parkable]) -> set[UUID]:
    """Which events of ``parkables`` are in the inbox already."""
    ids = [parkable.event_id for parkable in parkables if parkable.event_id is not None]
    return {row["event_id"] for row in await tx.fetch(_KNOWN_IDS, ids)} if ids else set()


async def park(uow: UnitOfWork, parkables: Sequence[Parkable], announcement: type[Event] | None) -> None:
    """Write ``parkables``, each with its reason and in order of delivery, and block the keys that a reason holds.

    ``announcement`` is the event of the topic ``<service>.parked``, emitted for each that nobody else has parked
    meanwhile; None says nothing to others.
    """
    places = [coordinates(parkable) for parkable in parkables]
    rows = [
        (
            *place,
            parkable.key,
            parkable.record.key,
            parkable.event_id,
            json.dumps(storable_headers(parkable.record.headers)),
            parkable.record.value,
            parkable.reason.code.value,
            parkable.reason.sentence,
        )
        for place, parkable in zip(places, parkables, strict=True)
    ]
    parked = await uow.fetch(_INSERT_EVENTS, *(list(column) for column in zip(*rows, strict=True)))
    held = [parkable.topic_key for parkable in parkables if parkable.reason.holds_key]
    keys = [topic_key for topic_key in held if topic_key is not None]
    if keys:
        await uow.run(BLOCK_KEYS, [topic for topic, _ in keys], [key for _, key in keys])
    if announcement is not None:
        parkable_of = dict(zip(places, parkables, strict=True))
        _announce(uow, {row["position"]: parkable_of[_coordinates_in(row)] for row in parked}, announcement)


def _coordinates_in(row: asyncpg.Record) -> Coordinates:
    return row["topic"], row["partition"], row["kafka_offset"], row["record_hash"]


def _announce(uow: UnitOfWork, parked: Mapping[int, Parkable], announcement: type[Event]) -> None:
    for position, parkable in parked.items():
        uow.emit(
            announcement.model_validate(
                {
                    "aggregate_version": 1,
                    "position": position,
                    "topic": parkable.record.topic,
                    "partition": parkable.record.partition,
                    "offset": parkable.record.offset,
                    "event_id": parkable.event_id,
                    "reason": parkable.reason.code.value,
                    "explanation": parkable.reason.sentence,
                    "parked_at": uow.moment,
                }
            )
        )
