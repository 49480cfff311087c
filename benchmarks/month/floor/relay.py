"""The relay of the floor: take rows out of the outbox, send them, wait for Kafka, commit."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import asyncpg
from aiokafka import AIOKafkaProducer

from benchmarks.assignment import Assignment
from benchmarks.month.rival import PARTITIONS
from shared.messaging.envelope import CONTENT_TYPE, partition_for, schema_uri, source_of
from shared.messaging.publish import lz4_level
from shared.messaging.tables import OUTBOX_CHANNEL

_ROWS: Final = 5_000
_TAKE: Final = """
DELETE FROM outbox WHERE ctid = ANY (ARRAY(SELECT ctid FROM outbox ORDER BY slot, position LIMIT $1))
RETURNING event_id, topic, key, occurred_at, body
"""
_NO_SURPRISES: Final = {"enable_seqscan": "off", "enable_bitmapscan": "off", "enable_sort": "off", "jit": "off"}


class RelayWork:
    """One process sends everything; a crash between Kafka's word and the commit would send it again."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._wake = asyncio.Event()
        self.done = 0
        self.is_ready = False

    async def run(self, stop: asyncio.Event) -> None:
        """Send what the table holds whenever something is committed."""
        connection = await asyncpg.connect(self._assignment.url, server_settings=_NO_SURPRISES)
        lz4_level.install()
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
            while await self._round(connection, producer):
                pass
        await producer.stop()
        await connection.close()

    async def _round(self, connection: asyncpg.Connection, producer: AIOKafkaProducer) -> int:
        async with connection.transaction():
            rows = await connection.fetch(_TAKE, _ROWS)
            chains: dict[tuple[str, int], list[Any]] = defaultdict(list)
            for row in rows:
                chains[row["topic"], partition_for(row["key"].encode(), PARTITIONS)].append(row)
            await asyncio.gather(*(self._send(producer, *place, chain) for place, chain in chains.items()))
        self.done += len(rows)
        return len(rows)

    async def _send(self, producer: AIOKafkaProducer, topic: str, partition: int, rows: Sequence[Any]) -> None:
        fixed = [
            *CONTENT_TYPE,
            ("ce_type", topic.encode()),
            ("ce_source", source_of("subsidy").encode()),
            ("ce_dataschema", schema_uri(topic, 1).encode()),
        ]
        batch = producer.create_batch()
        for event_id, _, key_text, occurred_at, body in rows:
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
