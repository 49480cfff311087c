"""The one place where FastStream is configured. Its defaults lose events: each value here has its reason.

Measured and read in FastStream 0.7.8 and aiokafka 0.14; internals may move before 1.0, hence the pin (docs/adr/0002).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage

from shared.messaging.consume import bad_header_names, damaged_fetch


@dataclass(frozen=True, slots=True)
class ConsumerSettings:
    """How a consumer reaches Kafka and how much it takes at once."""

    bootstrap_servers: str
    group_id: str
    client_id: str = "payung-worker"
    max_records: int = 4000
    batch_timeout_ms: int = 50
    session_timeout_ms: int = 15_000
    heartbeat_interval_ms: int = 3_000
    max_poll_interval_ms: int = 300_000
    # How long a running batch may finish when partitions are taken away; shorter than the session time-out.
    revoke_wait_s: float = 10.0
    graceful_timeout_s: float = 15.0
    retry_delay_s: float = 0.1
    retry_delay_max_s: float = 10.0
    security: dict[str, Any] = field(default_factory=dict)


async def _parse_without_headers(
    records: tuple[Any, ...], original: Callable[[tuple[Any, ...]], Awaitable[KafkaMessage]]
) -> KafkaMessage:
    """Let FastStream see no header at all: it would decode them as UTF-8 and drop the whole batch (#2458).

    The real records stay reachable in ``raw_message``; our intake reads headers itself. So a ``reply_to`` that
    somebody writes into a topic is never seen by FastStream either.
    """
    message = await original((dataclasses.replace(records[0], headers=(), value=b""),))
    message.raw_message = records
    return message


async def _keep_raw(message: KafkaMessage) -> KafkaMessage:
    """No decoding: one bad body must not cost the batch. The handler gets the message itself."""
    return message


def subscribe(
    settings: ConsumerSettings,
    topics: Sequence[str],
    listener: ConsumerRebalanceListener,
    handle: Callable[[KafkaMessage], Awaitable[None]],
) -> KafkaBroker:
    """A broker whose one batch subscriber hands raw records to ``handle`` and commits nothing by itself."""
    bad_header_names.install()
    damaged_fetch.install()
    broker = KafkaBroker(
        settings.bootstrap_servers,
        client_id=settings.client_id,
        consumer_only=True,  # the relay is the only writer
        allow_auto_create_topics=False,  # the default makes missing topics with one partition
        graceful_timeout=1.0,  # our own stop has waited for the batch already; then the group must be told at once
        request_timeout_ms=20_000,
        metadata_max_age_ms=60_000,  # new partitions are read after a minute, not after five
        apply_types=False,
        logger=None,
        **settings.security,
    )
    subscriber = broker.subscriber(
        *topics,
        batch=True,
        group_id=settings.group_id,
        max_records=settings.max_records,
        batch_timeout_ms=settings.batch_timeout_ms,
        ack_policy=AckPolicy.MANUAL,  # every other policy commits after an error or loops on it
        no_reply=True,  # else any writer can make us publish with our rights
        auto_offset_reset="earliest",  # "latest" misses what came before the group's first start
        isolation_level="read_committed",
        partition_assignment_strategy=(RoundRobinPartitionAssignor,),  # sticky never learns its generation (#1176)
        session_timeout_ms=settings.session_timeout_ms,
        heartbeat_interval_ms=settings.heartbeat_interval_ms,
        max_poll_interval_ms=settings.max_poll_interval_ms,
        fetch_max_wait_ms=100,
        # A thousand events of a partition in compressed form; more would only wait in memory, many times as large.
        max_partition_fetch_bytes=128 * 1024,
        fetch_max_bytes=2 * 1024 * 1024,
        listener=listener,
        parser=_parse_without_headers,
        decoder=_keep_raw,
    )
    subscriber(handle)
    return broker
