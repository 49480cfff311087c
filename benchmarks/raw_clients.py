"""What both floors do with the raw clients: the loop of a relay, the loop of a reader."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.assignment import Assignment
from shared.messaging.envelope import CONTENT_TYPE, schema_uri, source_of
from shared.messaging.tables import OUTBOX_CHANNEL

BATCH_EVENTS: Final = 5_000
_NO_SURPRISES: Final = {"enable_seqscan": "off", "enable_bitmapscan": "off", "enable_sort": "off", "jit": "off"}

Taken = Mapping[TopicPartition, Sequence[Any]]


class RawRelay(ABC):
    """Sends what a table holds whenever something is committed."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._wake = asyncio.Event()
        self.done = 0
        self.is_ready = False

    @abstractmethod
    async def _round(self, connection: asyncpg.Connection, producer: AIOKafkaProducer) -> int:
        """Send the next rows and take them out of the table; gives how many, 0 when it is empty."""

    async def run(self, stop: asyncio.Event) -> None:
        """Send until ``stop`` is set."""
        connection = await asyncpg.connect(self._assignment.url, server_settings=_NO_SURPRISES)
        producer = AIOKafkaProducer(
            bootstrap_servers=self._assignment.bootstrap,
            acks="all",
            compression_type="lz4",
            max_batch_size=512 * 1024,
            max_request_size=4 * 1024 * 1024,
        )
        await producer.start()
        await connection.add_listener(OUTBOX_CHANNEL, lambda *_: self._wake.set())
        self.is_ready = True
        ending = asyncio.create_task(stop.wait())
        ending.add_done_callback(lambda _: self._wake.set())
        while not stop.is_set():
            await self._wake.wait()
            self._wake.clear()
            while sent := await self._round(connection, producer):
                self.done += sent
        await producer.stop()
        await connection.close()


async def send_chain(
    producer: AIOKafkaProducer, writer: str, topic: str, partition: int, rows: Sequence[asyncpg.Record]
) -> None:
    """Rows of five columns, whose last four are event_id, key, occurred_at and body: one batch after the other."""
    fixed = [
        *CONTENT_TYPE,
        ("ce_type", topic.encode()),
        ("ce_source", source_of(writer).encode()),
        ("ce_dataschema", schema_uri(topic, 1).encode()),
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


class RawReader(ABC):
    """Reads ``topics`` from their beginning; the next records are parsed while the database works."""

    is_ready = True

    def __init__(self, assignment: Assignment, topics: Sequence[str], partitions: int) -> None:
        self._assignment = assignment
        self._places = [TopicPartition(topic, number) for topic in topics for number in range(partitions)]
        self.done = 0

    @abstractmethod
    def _parse(self, taken: Taken) -> Any:
        """What `_write` stores of the records."""

    @abstractmethod
    async def _write(self, connection: asyncpg.Connection, parsed: Any) -> int:
        """Store it in one transaction; gives how many records it was."""

    async def run(self, stop: asyncio.Event) -> None:
        """Read until ``stop`` is set."""
        connection = await asyncpg.connect(self._assignment.url, server_settings={"jit": "off"})
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._assignment.bootstrap,
            group_id=self._assignment.group,
            enable_auto_commit=False,
            max_partition_fetch_bytes=2 * 1024 * 1024,
        )
        await consumer.start()
        consumer.assign(self._places)
        await consumer.seek_to_beginning(*self._places)
        writing: asyncio.Task[None] | None = None
        while not stop.is_set():
            taken = await consumer.getmany(timeout_ms=100, max_records=BATCH_EVENTS)
            parsed = self._parse(taken)
            if writing is not None:
                await writing
                writing = None
            if taken:
                offsets = {place: records[-1].offset + 1 for place, records in taken.items()}
                writing = asyncio.create_task(self._store(connection, consumer, parsed, offsets))
                await asyncio.sleep(0)
        if writing is not None:
            await writing
        await consumer.stop()
        await connection.close()

    async def _store(
        self,
        connection: asyncpg.Connection,
        consumer: AIOKafkaConsumer,
        parsed: Any,
        offsets: Mapping[TopicPartition, int],
    ) -> None:
        count = await self._write(connection, parsed)
        await consumer.commit(offsets)
        self.done += count
