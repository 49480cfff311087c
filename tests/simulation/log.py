"""Plays Kafka in memory: topics with partitions, one order in each, offsets that groups have committed.

It keeps what Kafka keeps for us and promises no more: a record that was confirmed is there, in the order of its
partition; who reads it, how often and when is the reader's affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from shared.messaging.envelope import Headers, HeaderWriter, OutboxRow, partition_for
from shared.messaging.publish.publisher import PublishResult
from tests.simulation.chance import Chance
from tests.simulation.engine import Gate


class Record(NamedTuple):
    """A record as aiokafka gives it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Log:
    """All topics, each with ``partitions`` partitions, and every group's offsets."""

    def __init__(self, topics: Iterable[str], partitions: int) -> None:
        self.partitions = partitions
        self.records: dict[TopicPartition, list[Record]] = {
            TopicPartition(topic, number): [] for topic in topics for number in range(partitions)
        }
        self.length = 0
        self.committed: dict[tuple[str, TopicPartition], int] = {}

    def append(self, topic: str, key: bytes, value: bytes | None, headers: Headers) -> None:
        """Keep a record."""
        place = TopicPartition(topic, partition_for(key, self.partitions))
        records = self.records[place]
        self.length += 1
        records.append(Record(topic, place.partition, len(records), key, value, headers))

    def places(self, topics: Iterable[str]) -> list[TopicPartition]:
        """The partitions of ``topics``, in order."""
        return [TopicPartition(topic, number) for topic in topics for number in range(self.partitions)]


class SimPublisher:
    """What the relay's publisher promises, on the log: rows of a partition in order, each confirmed or in doubt."""

    def __init__(self, service: str, log: Log, chance: Chance, gate: Gate) -> None:
        self._service, self._log, self._chance, self._gate = service, log, chance, gate
        self._headers = HeaderWriter(service)

    async def publish(self, rows: Sequence[OutboxRow]) -> PublishResult:
        """Append ``rows``; a fault leaves some out, or says that it does not know."""
        await self._gate("produce")
        result = PublishResult()
        place = f"relay of {self._service}"
        if self._chance.strikes("refused", place):
            result.failure = ConnectionError("the broker is away")
            return result
        in_doubt = self._chance.strikes("acknowledgement-lost", place)
        cut = self._chance.strikes("cut-short", place)
        kept = rows[: self._chance.number(f"{place} {cut}", len(rows))] if cut else rows
        for row in kept:
            self._log.append(row.topic, row.key.encode(), row.body, self._headers.headers(row))
        if cut or in_doubt:
            result.failure = TimeoutError("no acknowledgement")
        if not in_doubt:
            result.confirmed.extend(kept)
        return result

    async def discard_producer(self) -> None:
        """Nothing to drop."""

    async def close(self) -> None:
        """Nothing to close."""


class SimKafkaConsumer:
    """What the kit asks of aiokafka's consumer: its assignment, and a commit that counts only for its owner."""

    def __init__(self, group: str, log: Log, gate: Gate, assigned: Iterable[TopicPartition]) -> None:
        self._group, self._log, self._gate = group, log, gate
        self.positions = {place: log.committed.get((group, place), 0) for place in assigned}

    def assignment(self) -> set[TopicPartition]:
        """The partitions that are ours now."""
        return set(self.positions)

    def paused(self) -> set[TopicPartition]:
        """None ever is."""
        return set()

    def pause(self, *_: TopicPartition) -> None:
        """Nothing arrives unasked here."""

    def resume(self, *_: TopicPartition) -> None:
        """Nothing arrives unasked here."""

    async def getmany(self, *_: Any, **__: Any) -> dict[TopicPartition, list[Record]]:
        """Nothing, since it is asked of paused partitions only."""
        return {}

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        """Remember ``offsets`` for the group; what was taken away meanwhile is the new owner's."""
        await self._gate("offsets")
        for place, offset in offsets.items():
            if place in self.positions:
                self._log.committed[(self._group, place)] = offset
