"""The floor: the same reads and writes with the raw clients, as fast as we could make them, without any rule.

No locks, no slots, no checks, no parking, no repeats recognised, one connection: nothing that a service could live
with, but the least that asyncpg and aiokafka cost for the same rows and records.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pydantic_core
import uuid_utils
from aiokafka import AIOKafkaProducer

from benchmarks.assignment import Assignment
from benchmarks.raw_clients import BATCH_EVENTS, RawReader, RawRelay, Taken, send_chain
from benchmarks.world import WRITER
from shared.ids import fast_uuid
from shared.messaging.envelope import partition_for
from shared.messaging.slots import slot_of

PARTS = 2

# The columns of our outbox; ``part`` stands where the slot is.
RELAY_TABLE = """
CREATE TABLE floor_outbox (
    part smallint NOT NULL,
    position bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    event_id uuid NOT NULL,
    topic text NOT NULL,
    schema_version smallint NOT NULL,
    key text NOT NULL,
    occurred_at timestamptz NOT NULL,
    traceparent text,
    body bytea,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (part, position)
)
"""
RELAY_COLUMNS = ("part", "event_id", "topic", "schema_version", "key", "occurred_at", "traceparent", "body")
_READ = """
SELECT position, event_id, key, occurred_at, body FROM floor_outbox
WHERE part = $1 ORDER BY part, position LIMIT $2
"""
_DELETE = "DELETE FROM floor_outbox WHERE part = $1 AND position <= $2"
_INBOX = """
INSERT INTO inbox (event_id, body_hash) SELECT * FROM unnest($1::uuid[], $2::bigint[])
ON CONFLICT (event_id) DO NOTHING
"""
_STATE = """
INSERT INTO applied (event_id, counter_id, version) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[])
"""
_OUTBOX_COLUMNS = ["slot", "event_id", "topic", "schema_version", "key", "occurred_at", "traceparent", "body"]


def part_of(key: str) -> int:
    """Which of the two processes sends ``key``: all events of a key go through one of them."""
    return partition_for(key.encode(), PARTS * 97) % PARTS


class RelayWork(RawRelay):
    """Read 5,000 rows in order, send, wait for all, delete."""

    async def _round(self, connection: asyncpg.Connection, producer: AIOKafkaProducer) -> int:
        """One batch after the other for each partition, the partitions side by side."""
        rows = await connection.fetch(_READ, self._assignment.part, BATCH_EVENTS)
        if rows:
            world = self._assignment.world
            chains: dict[int, list[Any]] = defaultdict(list)
            for row in rows:
                chains[partition_for(row["key"].encode(), world.partitions)].append(row)
            sending = (send_chain(producer, WRITER, world.moved.TOPIC, *chain) for chain in chains.items())
            await asyncio.gather(*sending)
            await connection.execute(_DELETE, self._assignment.part, rows[-1]["position"])
        return len(rows)


class ConsumeWork(RawReader):
    """Take 5,000 records, parse, write inbox, state and outbox in one transaction, commit offsets."""

    def __init__(self, assignment: Assignment) -> None:
        self._world = assignment.world
        super().__init__(assignment, [self._world.moved.TOPIC], self._world.partitions)

    def _parse(self, taken: Taken) -> list[tuple[Any, ...]]:
        rows = []
        for record in (record for records in taken.values() for record in records):
            headers = dict(record.headers)
            event = pydantic_core.from_json(record.value)
            rows.append(
                (
                    fast_uuid(headers["ce_id"].decode()),
                    hash(record.value),
                    fast_uuid(event["counter_id"]),
                    event["aggregate_version"],
                )
            )
        return rows

    async def _write(self, connection: asyncpg.Connection, parsed: Sequence[tuple[Any, ...]]) -> int:
        ids, hashes, counters, versions = (list(column) for column in zip(*parsed, strict=True))
        topic, now = self._world.seen.TOPIC, datetime.now(UTC)
        async with connection.transaction():
            await connection.execute(_INBOX, ids, hashes)
            await connection.execute(_STATE, ids, counters, versions)
            await connection.copy_records_to_table(
                "outbox",
                columns=_OUTBOX_COLUMNS,
                records=[
                    (slot_of(key.encode()), _new_id(), topic, 1, key, now, None, _seen(key, version))
                    for key, version in zip(map(str, counters), versions, strict=True)
                ],
            )
        return len(parsed)


def _seen(counter: str, version: int) -> bytes:
    return b'{"aggregate_version":%d,"counter_id":"%s"}' % (version, counter.encode())


def _new_id() -> UUID:
    return fast_uuid(uuid_utils.uuid7().bytes)
