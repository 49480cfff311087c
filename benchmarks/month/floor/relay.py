"""The relay of the floor: take rows out of the outbox, send them, wait for Kafka, commit."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any, Final

import asyncpg
from aiokafka import AIOKafkaProducer

from benchmarks.assignment import Assignment
from benchmarks.month.rival import PARTITIONS
from benchmarks.raw_clients import BATCH_EVENTS, RawRelay, send_chain
from shared.messaging.envelope import partition_for
from shared.messaging.publish import lz4_level

_TAKE: Final = """
DELETE FROM outbox WHERE ctid = ANY (ARRAY(SELECT ctid FROM outbox ORDER BY slot, position LIMIT $1))
RETURNING topic, event_id, key, occurred_at, body
"""


class RelayWork(RawRelay):
    """One process sends everything; a crash between Kafka's word and the commit would send it again."""

    def __init__(self, assignment: Assignment) -> None:
        super().__init__(assignment)
        lz4_level.install()

    async def _round(self, connection: asyncpg.Connection, producer: AIOKafkaProducer) -> int:
        async with connection.transaction():
            rows = await connection.fetch(_TAKE, BATCH_EVENTS)
            chains: dict[tuple[str, int], list[Any]] = defaultdict(list)
            for row in rows:
                chains[row["topic"], partition_for(row["key"].encode(), PARTITIONS)].append(row)
            sending = (send_chain(producer, "subsidy", *place, chain) for place, chain in chains.items())
            await asyncio.gather(*sending)
        return len(rows)
