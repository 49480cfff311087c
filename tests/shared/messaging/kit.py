"""The conformance suite's world. It lives in `benchmarks.world`, since the benchmark runs in the same one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from uuid import UUID

from benchmarks.world import READER, WRITER, CounterMoved, CounterSeen, World, create_tables
from shared.database import Database
from shared.messaging.outbox import Outbox

__all__ = [
    "READER",
    "WRITER",
    "CounterMoved",
    "CounterSeen",
    "World",
    "create_counters",
    "create_tables",
    "move_counters",
]


async def create_counters(database: Database, count: int) -> list[UUID]:
    """``count`` counters at version 0."""
    ids = sorted(uuid.uuid4() for _ in range(count))
    async with database.transaction() as tx:
        await tx.run("INSERT INTO counter SELECT id, 0 FROM unnest($1::uuid[]) id", ids)
    return ids


async def move_counters(world: World, outbox: Outbox, ids: Sequence[UUID], amount: int = 1) -> None:
    """Move each of ``ids`` once in one transaction: take the row locks in order, then emit."""
    async with outbox.unit_of_work() as work:
        rows = await work.fetch(
            "WITH locked AS"
            " (SELECT counter_id FROM counter WHERE counter_id = ANY ($1::uuid[]) ORDER BY counter_id FOR UPDATE)"
            " UPDATE counter SET version = version + 1 FROM locked WHERE counter.counter_id = locked.counter_id"
            " RETURNING counter.counter_id, counter.version",
            list(ids),
        )
        for counter_id, version in rows:
            work.emit(world.moved(aggregate_version=version, counter_id=counter_id, amount=amount))
