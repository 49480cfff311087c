"""Brings Kafka's records to the processor, and commits offsets only after the database has committed.

Failures that pass are waited out with the partitions paused and heartbeats alive; nothing is skipped. If anything
unexpected happens the consumer stops without a commit and raises, since FastStream itself would go on (#171).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from faststream.kafka.message import KafkaMessage

from shared.messaging.consume.kafka_client import ConsumerSettings, subscribe
from shared.messaging.consume.processor import BatchProcessor, Outcome, is_transient
from shared.messaging.crash import crash_point
from shared.messaging.patience import longer_delay_s
from shared.messaging.record import RawRecord

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class ConsumerStatus:
    """Figures for health and metrics."""

    applied: int = 0
    repeats: int = 0
    parked: int = 0
    batches: int = 0
    retries: int = 0
    rebalances: int = 0
    commit_failures: int = 0
    last_commit_monotonic_s: float = 0.0
    parked_by_reason: dict[str, int] = field(default_factory=dict)


class _AbandonedError(Exception):
    """The batch was given up without effect on offsets, since its partitions are taken away or we stop."""


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """One member of a service's consumer group. Run as many as there are partitions to share."""

    def __init__(self, processor: BatchProcessor, topics: Sequence[str], settings: ConsumerSettings) -> None:
        self._processor = processor
        self._topics = tuple(topics)
        self._settings = settings
        self._idle = asyncio.Event()
        self._idle.set()
        self._giving_up = asyncio.Event()
        self._failure: BaseException | None = None
        self._failed = asyncio.Event()
        self._owned: set[tuple[str, int]] = set()
        self.status = ConsumerStatus()

    def owned_partitions(self) -> set[tuple[str, int]]:
        """Topic and number of the partitions that this member reads now."""
        return set(self._owned)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; then finish the running batch within the graceful time-out and leave the group.

        Raises what made it impossible to go on; the process should end then and be started again.
        """
        self._failure = None
        self._failed.clear()
        self._giving_up.clear()
        broker = subscribe(self._settings, self._topics, self, self._handle)
        try:
            await self._start(broker, stop)
            waits = {asyncio.create_task(stop.wait()), asyncio.create_task(self._failed.wait())}
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        finally:
            await self._shut_down(broker)
        if self._failure is not None:
            raise self._failure

    async def _start(self, broker: Any, stop: asyncio.Event) -> None:
        delay_s = self._settings.retry_delay_s
        while not stop.is_set():
            try:
                if not await _done_before(stop, broker.start()):
                    return
            except (KafkaError, OSError) as error:
                log.warning("consumer_cannot_start", error_type=type(error).__name__, retry_in_s=delay_s)
                with contextlib.suppress(Exception):
                    await broker.stop()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(delay_s):
                        await stop.wait()
                delay_s = min(delay_s * 2, self._settings.retry_delay_max_s)
            else:
                self.status.last_commit_monotonic_s = time.monotonic()
                return

    async def _shut_down(self, broker: Any) -> None:
        """Let the running batch finish, then leave. Bounded, since aiokafka can hang while brokers are down (#659)."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.graceful_timeout_s):
                await self._idle.wait()
        self._giving_up.set()
        with contextlib.suppress(Exception):
            async with asyncio.timeout(self._settings.graceful_timeout_s):
                await broker.stop()

    async def _handle(self, message: KafkaMessage) -> None:
        """FastStream's handler. It must not raise: FastStream would swallow it and read on."""
        if self._failure is not None or self._giving_up.is_set():
            return
        self._idle.clear()
        try:
            consumer: AIOKafkaConsumer = message.consumer
            records: Sequence[RawRecord] = message.raw_message
            await self._process(consumer, records)
        except _AbandonedError:
            log.warning("batch_abandoned", records=len(message.raw_message))
        except asyncio.CancelledError:
            # FastStream cancels a handler that outlives the graceful time-out; offsets stay where they were.
            if not self._giving_up.is_set():
                self._fail(asyncio.CancelledError())
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it is, reading on would lose this batch
            self._fail(error)
        finally:
            # FastStream's message is part of a cycle: its records would stay until the next search for cycles.
            message.raw_message = ()
            self._idle.set()

    def _fail(self, error: BaseException) -> None:
        self._failure = error
        self._failed.set()

    async def _process(self, consumer: AIOKafkaConsumer, records: Sequence[RawRecord]) -> None:
        offsets = _next_offsets(records)
        outcome = await self._apply_with_patience(consumer, records, offsets)
        self._count(outcome)
        crash_point("before_offset_commit")
        await self._commit(consumer, offsets)
        crash_point("after_offset_commit")

    async def _apply_with_patience(
        self, consumer: AIOKafkaConsumer, records: Sequence[RawRecord], offsets: dict[TopicPartition, int]
    ) -> Outcome:
        delay_s = self._settings.retry_delay_s
        while True:
            try:
                outcome = await self._processor.process(records)
            except Exception as error:
                if not is_transient(error):
                    raise
                self.status.retries += 1
                log.warning("batch_retried", error_type=type(error).__name__, retry_in_s=round(delay_s, 2))
                await self._rest(consumer, offsets, delay_s * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
                delay_s = longer_delay_s(delay_s, error, self._settings.retry_delay_max_s)
            else:
                consumer.resume(*(consumer.paused() & consumer.assignment()))
                return outcome

    async def _rest(self, consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int], seconds: float) -> None:
        """Wait with all partitions paused, polling them so that the group knows that we live."""
        until = time.monotonic() + seconds
        while True:
            if self._giving_up.is_set() or not self._still_ours(consumer, offsets):
                raise _AbandonedError
            assignment = consumer.assignment()
            if assignment:
                consumer.pause(*assignment)
                # Only paused partitions are named, so nothing can come back and be lost.
                with contextlib.suppress(KafkaError):
                    await consumer.getmany(*assignment, timeout_ms=0)
            remaining_s = until - time.monotonic()
            if remaining_s <= 0:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(remaining_s, 1.0)):
                    await self._giving_up.wait()

    def _still_ours(self, consumer: AIOKafkaConsumer, offsets: Iterable[TopicPartition]) -> bool:
        return set(offsets).issubset(consumer.assignment())

    async def _commit(self, consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
        """Commit ``offsets`` of partitions that are still ours. A failure costs a repeat, which the inbox knows."""
        ours = {partition: offset for partition, offset in offsets.items() if partition in consumer.assignment()}
        if not ours:
            return
        try:
            async with asyncio.timeout(self._settings.session_timeout_ms / 1000):
                await consumer.commit(ours)
        except (CommitFailedError, IllegalStateError, KafkaError, TimeoutError) as error:
            self.status.commit_failures += 1
            log.warning("offset_commit_failed", error_type=type(error).__name__)
        else:
            self.status.last_commit_monotonic_s = time.monotonic()

    def _count(self, outcome: Outcome) -> None:
        self.status.batches += 1
        self.status.applied += outcome.applied
        self.status.repeats += outcome.repeats
        self.status.parked += outcome.parked
        for code, count in outcome.parked_by_reason.items():
            self.status.parked_by_reason[code] = self.status.parked_by_reason.get(code, 0) + count

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Let the running batch finish (bounded) before the partitions go; aiokafka keeps heartbeating meanwhile."""
        self.status.rebalances += 1
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.revoke_wait_s):
                await self._idle.wait()
        self._owned.clear()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Nothing to fetch: offsets come from Kafka, effects from the inbox."""
        self._owned = {(partition.topic, partition.partition) for partition in assigned}
        log.info("partitions_assigned", partitions=len(self._owned))


async def _done_before(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do ``work`` unless ``stop`` comes first: aiokafka waits without limit for a broker that says nothing."""
    doing, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            doing.result()
        return doing.done()
    finally:
        stopping.cancel()
        if not doing.done():
            doing.cancel()
            await asyncio.wait({doing}, timeout=1.0)


def _next_offsets(records: Sequence[RawRecord]) -> dict[TopicPartition, int]:
    last = {(record.topic, record.partition): record.offset for record in records}
    return {TopicPartition(*place): offset + 1 for place, offset in last.items()}
