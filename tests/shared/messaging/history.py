"""Reads back what really happened - in Kafka and in the reader's database - and judges it.

The classes follow Jepsen's Kafka workload: lost, doubled, reordered, out of nothing. Repeats in Kafka are legal as long
as the first occurrences of a key are in order ("1 2 3 2" is legal, "1 3 2" is not).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.database import Database


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a history shows. Everything but ``events`` and ``repeats`` must be zero."""

    events: int
    repeats: int
    inversions: int
    lost: int
    from_nothing: int


def judge(history: Iterable[tuple[str, int]], expected: dict[str, int]) -> Verdict:
    """Judge (key, version) pairs in the order of the log against the last version written of each key."""
    latest: dict[str, int] = defaultdict(int)
    seen: set[tuple[str, int]] = set()
    events = repeats = inversions = 0
    for key, version in history:
        events += 1
        if (key, version) in seen:
            repeats += 1
            continue
        seen.add((key, version))
        if version < latest[key]:
            inversions += 1
        latest[key] = max(latest[key], version)
    wanted = {(key, version) for key, last in expected.items() for version in range(1, last + 1)}
    return Verdict(events, repeats, inversions, len(wanted - seen), len(seen - wanted))


async def read_topic(bootstrap: str, topic: str, count: int) -> list[tuple[str, int]]:
    """All (key, version) pairs of a topic, partition by partition, in log order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in range(count)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[tuple[str, int]] = []
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            for records in (await consumer.getmany(timeout_ms=200, max_records=5000)).values():
                found.extend((record.key.decode(), json.loads(record.value)["aggregate_version"]) for record in records)
        return found
    finally:
        await consumer.stop()


async def written(database: Database) -> dict[str, int]:
    """The last version of each counter in the writer's database."""
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT counter_id::text, version FROM counter WHERE version > 0")
    return {row[0]: row[1] for row in rows}


async def applied(database: Database) -> list[tuple[str, int]]:
    """The reader's effects in the order in which they were made. A double effect is in it twice."""
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT counter_id::text, version FROM applied ORDER BY position")
    return [(row[0], row[1]) for row in rows]
