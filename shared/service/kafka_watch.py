"""Looks at Kafka from outside the consumer: does it answer, and how far is the service behind?

A consumer that is stuck cannot be asked about itself, so this has clients of its own. They never join the group and
never read an event.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.health import Measurement, Status
from shared.telemetry import metrics

log = structlog.get_logger(__name__)

LOOK_TIMEOUT_S = 10.0
MAX_SAMPLES = 720


@dataclass(slots=True)
class PartitionTrack:
    """What was seen of one partition over time; times are monotonic seconds."""

    end: int = 0
    done: int = 0
    # Since when the partition has had lag without `done` moving.
    still_since_s: float = 0.0
    # (when, end offset then): the oldest whose end is not reached tells how long an event has been waiting.
    samples: deque[tuple[float, int]] = field(default_factory=deque)

    @property
    def lag(self) -> int:
        """Events not finished."""
        return max(0, self.end - self.done)

    def see(self, end: int, done: int, now_s: float) -> None:
        """Note one look."""
        if done != self.done or self.lag == 0:
            self.still_since_s = now_s
        self.end, self.done = end, done
        self.samples.append((now_s, end))
        while self.samples and self.samples[0][1] <= done:
            self.samples.popleft()
        if len(self.samples) > MAX_SAMPLES:
            del self.samples[1]  # the oldest one matters most

    def age_s(self, now_s: float) -> float:
        """For how long the oldest unfinished event has been seen waiting."""
        return now_s - self.samples[0][0] if self.samples else 0.0

    def still_s(self, now_s: float) -> float:
        """For how long nothing has been finished although there is lag."""
        return now_s - self.still_since_s if self.lag else 0.0


class KafkaWatch:
    """Looks every ``period_s`` at ``topics``; with ``group_id`` also at how far that group has come.

    Also the check ``kafka`` (does the broker answer).
    """

    name = "kafka"

    def __init__(
        self,
        client_options: Mapping[str, Any],
        topics: Sequence[str],
        *,
        group_id: str | None = None,
        period_s: float = 5.0,
        failure_status: Status = Status.FAILED,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = dict(client_options)
        self._topics = list(topics)
        self._group_id = group_id
        self._period_s = period_s
        self._failure_status = failure_status
        self._monotonic = monotonic
        self._admin: AIOKafkaAdminClient | None = None
        self._client: AIOKafkaConsumer | None = None
        self._answered_at_s: float | None = None
        self.tracks: dict[tuple[str, int], PartitionTrack] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Look until ``stop`` is set; whatever fails is tried again with new clients."""
        try:
            while not stop.is_set():
                try:
                    async with asyncio.timeout(LOOK_TIMEOUT_S):
                        await self.look()
                except Exception as error:  # noqa: BLE001 - the check tells of it, and we go on looking
                    log.warning("kafka_does_not_answer", error_type=type(error).__name__, retry_in_s=self._period_s)
                    await self._close()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._period_s):
                        await stop.wait()
        finally:
            await self._close()

    async def look(self) -> None:
        """Look once. Raises aiokafka's errors."""
        partitions = await self._partitions()
        if partitions:
            client = await self._ready_client()
            ends = await client.end_offsets(partitions)
            done = await self._done(client, partitions) if self._group_id else ends
            now_s = self._monotonic()
            for partition in partitions:
                self._note(partition, ends[partition], done[partition], now_s)
        self._answered_at_s = self._monotonic()

    async def _partitions(self) -> list[TopicPartition]:
        if self._admin is None:
            admin = AIOKafkaAdminClient(**self._options, request_timeout_ms=5_000)
            self._admin = admin
            await admin.start()
        described = await self._admin.describe_topics(self._topics or None)
        return [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in described
            if not topic["error_code"] and topic["topic"] in self._topics
            for partition in topic["partitions"]
        ]

    async def _ready_client(self) -> AIOKafkaConsumer:
        if self._client is None:
            client = AIOKafkaConsumer(
                **self._options, group_id=self._group_id, enable_auto_commit=False, request_timeout_ms=5_000
            )
            self._client = client
            await client.start()
        return self._client

    async def _done(self, client: AIOKafkaConsumer, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        committed = await asyncio.gather(*(client.committed(partition) for partition in partitions))
        done = {
            partition: offset for partition, offset in zip(partitions, committed, strict=True) if offset is not None
        }
        untouched = [partition for partition in partitions if partition not in done]
        return {**done, **(await client.beginning_offsets(untouched) if untouched else {})}

    def _note(self, partition: TopicPartition, end: int, done: int, now_s: float) -> None:
        track = self.tracks.setdefault((partition.topic, partition.partition), PartitionTrack(still_since_s=now_s))
        track.see(end, done, now_s)
        labels = (partition.topic, str(partition.partition))
        metrics.TOPIC_END_OFFSET.labels(*labels).set(end)
        if self._group_id:
            metrics.CONSUMER_LAG.labels(*labels).set(track.lag)
            metrics.CONSUMED_OFFSET.labels(*labels).set(done)

    async def _close(self) -> None:
        admin, client, self._admin, self._client = self._admin, self._client, None, None
        for closing in (client.stop if client else None, admin.close if admin else None):
            if closing is not None:
                with contextlib.suppress(Exception):
                    async with asyncio.timeout(3):
                        await closing()

    async def measure(self) -> Measurement:
        """Whether Kafka has answered lately."""
        advice = "Kafka does not answer. Look whether the brokers of PAYUNG_KAFKA_BOOTSTRAP are up and reachable."
        if self._answered_at_s is None:
            return Measurement(self._failure_status, advice=advice)
        silent_s = round(self._monotonic() - self._answered_at_s, 3)
        if silent_s > self._period_s + LOOK_TIMEOUT_S:
            return Measurement(self._failure_status, silent_s, "s", advice)
        return Measurement(Status.OK, silent_s, "s")
