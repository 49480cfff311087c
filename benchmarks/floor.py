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
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.assignment import Assignment
from benchmarks.world import WRITER
from shared.ids import fast_uuid
from shared.messaging.envelope import CONTENT_TYPE, partition_for, schema_uri, source_of
from shared.messaging.slots import slot_of
from shared.messaging.tables import OUTBOX_CHANNEL

BATCH_EVENTS = 5000
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
_NO_SURPRISES = {"enable_seqscan": "off", "enable_bitmapscan": "off", "enable_sort": "off", "jit": "off"}


def part_of(key: str) -> int:
    """Which of the two processes sends ``key``: all events of a key go through one of them."""
    return partition_for(key.encode(), PARTS * 97) % PARTS


class RelayWork:
    """Read 5,000 rows in order, send, wait for all, delete."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._moved = assignment.world.moved
        self._wake = asyncio.Event()
        self.done = 0
        self.is_ready = False

    async def run(self, stop: asyncio.Event) -> None:
        """Send what the table holds whenever something is committed."""
        connection = await asyncpg.connect(self._assignment.url, server_settings=_NO_SURPRISES)
        producer = AIOKafkaProducer(
            bootstrap_servers=self._assignment.bootstrap,
            acks="all",
            compression_type="lz4",
            max_batch_size=512 * 1024,
            max_request_size=4 * 1024 * 1024,
        )
        await producer.start()
        partitions = len(await producer.partitions_for(self._moved.TOPIC))
        await connection.add_listener(OUTBOX_CHANNEL, lambda *_: self._wake.set())
        self.is_ready = True
        ending = asyncio.create_task(stop.wait())
        ending.add_done_callback(lambda _: self._wake.set())
        while not stop.is_set():
            await self._wake.wait()
            self._wake.clear()
            while rows := await connection.fetch(_READ, self._assignment.part, BATCH_EVENTS):
                await self._send(producer, rows, partitions)
                await connection.execute(_DELETE, self._assignment.part, rows[-1]["position"])
                self.done += len(rows)
        await producer.stop()
        await connection.close()

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record], partitions: int) -> None:
        """One batch after the other for each partition, the partitions side by side."""
        chains: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            chains[partition_for(row["key"].encode(), partitions)].append(row)
        await asyncio.gather(*(self._send_chain(producer, number, chain) for number, chain in chains.items()))

    async def _send_chain(self, producer: AIOKafkaProducer, partition: int, rows: Sequence[asyncpg.Record]) -> None:
        topic = self._moved.TOPIC
        fixed = [
            *CONTENT_TYPE,
            ("ce_type", topic.encode()),
            ("ce_source", source_of(WRITER).encode()),
            ("ce_dataschema", schema_uri(topic, self._moved.VERSION).encode()),
        ]
        batch = producer.create_batch()
        for _, event_id, key_text, occurred_at, body in rows:
            key = key_text.encode()
            record = {
                "timestamp": int(occurred_at.timestamp() * 1000),
                "key": key,
                "value": body,
                "headers": [
                    *fixed,
                    ("ce_id", str(event_id).encode()),
                    ("ce_time", occurred_at.isoformat().encode()),
                    ("ce_subject", key),
                ],
            }
            if batch.append(**record) is None:
                batch.close()
                await (await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(**record)
        batch.close()
        await (await producer.send_batch(batch, topic, partition=partition))


class ConsumeWork:
    """Take 5,000 records, parse, write inbox, state and outbox in one transaction, commit offsets; parse the next ones
    while the database works."""

    is_ready = True

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._world = assignment.world
        self.done = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until ``stop`` is set."""
        connection = await asyncpg.connect(self._assignment.url, server_settings={"jit": "off"})
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._assignment.bootstrap,
            group_id=self._assignment.group,
            enable_auto_commit=False,
            max_partition_fetch_bytes=2 * 1024 * 1024,
        )
        await consumer.start()
        partitions = [TopicPartition(self._world.moved.TOPIC, number) for number in range(self._world.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        writing: asyncio.Task[None] | None = None
        while not stop.is_set():
            taken = await consumer.getmany(timeout_ms=100, max_records=BATCH_EVENTS)
            rows = self._parse([record for records in taken.values() for record in records])
            if writing is not None:
                await writing
                writing = None
            if rows:
                offsets = {partition: records[-1].offset + 1 for partition, records in taken.items()}
                writing = asyncio.create_task(self._write(connection, consumer, rows, offsets))
                await asyncio.sleep(0)
        if writing is not None:
            await writing
        await consumer.stop()
        await connection.close()

    def _parse(self, records: Sequence[Any]) -> list[tuple[Any, ...]]:
        rows = []
        for record in records:
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

    async def _write(
        self,
        connection: asyncpg.Connection,
        consumer: AIOKafkaConsumer,
        rows: Sequence[tuple[Any, ...]],
        offsets: dict[TopicPartition, int],
    ) -> None:
        ids, hashes, counters, versions = (list(column) for column in zip(*rows, strict=True))
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
        await consumer.commit(offsets)
        self.done += len(rows)


def _seen(counter: str, version: int) -> bytes:
    return b'{"aggregate_version":%d,"counter_id":"%s"}' % (version, counter.encode())


def _new_id() -> UUID:
    return fast_uuid(uuid_utils.uuid7().bytes)
