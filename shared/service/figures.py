"""Carries what relay and consumer count about themselves into metrics, at each scrape, and times handlers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import TopicPartition
from prometheus_client import Counter

from shared.contracts.base import Event
from shared.messaging.columnar.event_groups import EventBatch
from shared.messaging.consume.consumer import Consumer, ConsumerStatus
from shared.messaging.consume.processor import Handler
from shared.messaging.outbox import UnitOfWork
from shared.messaging.publish.relay import RelayStatus
from shared.telemetry import metrics


class StatusMirror:
    """Adds to the counters what the statuses have grown by since the last time."""

    def __init__(self, consumer: ConsumerStatus | None = None, relay: RelayStatus | None = None) -> None:
        self._consumer = consumer
        self._relay = relay
        self._seen: dict[str, int] = {}

    def update(self) -> None:
        """Bring the metrics up to date."""
        if self._consumer is not None:
            status = self._consumer
            self._grow(metrics.EVENTS_CONSUMED, "consumed", status.applied)
            self._grow(metrics.INBOX_DUPLICATES, "repeats", status.repeats)
            self._grow(metrics.COMMIT_FAILURES, "commits", status.commit_failures)
            self._grow(metrics.RETRY_ATTEMPTS.labels("worker"), "worker retries", status.retries)
            for reason, count in dict(status.parked_by_reason).items():
                self._grow(metrics.EVENTS_PARKED.labels(reason), f"parked {reason}", count)
        if self._relay is not None:
            self._grow(metrics.EVENTS_PUBLISHED, "published", self._relay.published)
            self._grow(metrics.RELAY_FAILURES, "relay failures", self._relay.failures)
            metrics.RELAY_SLOTS.set(self._relay.held_slots)

    def _grow(self, counter: Counter, name: str, now: int) -> None:
        before = self._seen.get(name, 0)
        if now > before:
            counter.inc(now - before)
        self._seen[name] = now


class TimedConsumer(Consumer):
    """A consumer that tells how often it is given partitions and how long it was without any."""

    _revoked_at_s: float | None = None

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Note the moment before the running batch is waited for: work stops about here."""
        self._revoked_at_s = time.monotonic()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Count, and measure from the moment that partitions were taken away."""
        metrics.REBALANCES.inc()
        if self._revoked_at_s is not None:
            metrics.REBALANCE_DURATION.observe(time.monotonic() - self._revoked_at_s)
            self._revoked_at_s = None
        await super().on_partitions_assigned(assigned)


def timed_handlers(handlers: Mapping[type[Event], Handler]) -> dict[type[Event], Handler]:
    """The same handlers, each call observed by topic."""
    return {event_type: _timed(event_type.TOPIC, handler) for event_type, handler in handlers.items()}


def _timed(topic: str, handler: Handler) -> Handler:
    histogram = metrics.HANDLER_DURATION.labels(topic)

    async def handle(uow: UnitOfWork, events: EventBatch[Any]) -> None:
        started = time.perf_counter()
        try:
            await handler(uow, events)
        finally:
            histogram.observe(time.perf_counter() - started)

    return handle
