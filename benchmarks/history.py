"""Reads back what really happened - in Kafka and in the reader's database - and judges it.

The classes follow Jepsen's Kafka workload: lost, doubled, reordered, out of nothing. Repeats in Kafka are legal as long
as the first occurrences of a key are in order ("1 2 3 2" is legal, "1 3 2" is not).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
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


class Judge:
    """Sees (key, version) pairs in the order of a log; needs little memory while a key's versions come in order."""

    def __init__(self) -> None:
        self._events = self._repeats = self._inversions = 0
        self._keys: dict[str, _KeyHistory] = defaultdict(_KeyHistory)

    def see(self, key: str, version: int) -> None:
        """The next event of the log."""
        known = self._keys[key]
        self._events += 1
        if version in known:
            self._repeats += 1
            return
        if version < known.latest:
            self._inversions += 1
        known.add(version)

    def verdict(self, expected: Mapping[str, int]) -> Verdict:
        """The verdict against the last version written of each key."""
        seen = sum(known.count for known in self._keys.values())
        true = sum(known.count_up_to(expected.get(key, 0)) for key, known in self._keys.items())
        return Verdict(self._events, self._repeats, self._inversions, sum(expected.values()) - true, seen - true)


class _KeyHistory:
    """The versions seen of one key: all of 1 to ``unbroken``, and those ``beyond``."""

    __slots__ = ("beyond", "latest", "unbroken")

    def __init__(self) -> None:
        self.unbroken = self.latest = 0
        self.beyond: set[int] = set()

    def __contains__(self, version: int) -> bool:
        return 1 <= version <= self.unbroken or version in self.beyond

    def add(self, version: int) -> None:
        self.latest = max(self.latest, version)
        self.beyond.add(version)
        while self.unbroken + 1 in self.beyond:
            self.unbroken += 1
            self.beyond.discard(self.unbroken)

    @property
    def count(self) -> int:
        return self.unbroken + len(self.beyond)

    def count_up_to(self, last: int) -> int:
        return min(self.unbroken, last) + sum(1 <= version <= last for version in self.beyond)


def judge(history: Iterable[tuple[str, int]], expected: Mapping[str, int]) -> Verdict:
    """Judge (key, version) pairs in the order of the log against the last version written of each key."""
    judged = Judge()
    for key, version in history:
        judged.see(key, version)
    return judged.verdict(expected)


async def follow_topic(bootstrap: str, topic: str, count: int) -> AsyncIterator[tuple[str, int]]:
    """All (key, version) pairs that a topic of ``count`` partitions holds now, each partition in log order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in range(count)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            for records in (await consumer.getmany(timeout_ms=200, max_records=5000)).values():
                for record in records:
                    yield record.key.decode(), json.loads(record.value)["aggregate_version"]
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
