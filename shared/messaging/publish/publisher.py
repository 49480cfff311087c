"""Sends outbox rows to Kafka so that the order of a key cannot break, whatever fails.

Each partition gets a chain of record batches: the next is sent only when Kafka has confirmed the one before. So a
failed batch is never overtaken, with or without Kafka's idempotent producer (traps: aiokafka#1017, librdkafka#4953).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import BrokerResponseError, KafkaError, RequestTimedOutError

from shared.messaging.envelope import HeaderWriter, OutboxRow, partition_for
from shared.messaging.publish import lz4_level

# A row with its key as Kafka gets it.
_Keyed = tuple[OutboxRow, bytes]


@dataclass(frozen=True, slots=True)
class ProducerSettings:
    """How to reach Kafka and how long to wait for it."""

    bootstrap_servers: str
    client_id: str = "payung-relay"
    enable_idempotence: bool = False
    compression_type: str | None = "lz4"
    max_batch_bytes: int = 512 * 1024
    request_timeout_ms: int = 10_000
    # A round that Kafka has not confirmed by then is given up and the producer is made anew.
    stall_timeout_s: float = 30.0
    metadata_timeout_s: float = 2.0
    security: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class PublishResult:
    """What became of a round.

    ``confirmed`` are rows that Kafka has, ``unreachable_topics`` those it does not take now with the kind of error,
    ``failure`` is the first failure of Kafka as a whole.
    """

    confirmed: list[OutboxRow] = field(default_factory=list)
    unreachable_topics: dict[str, str] = field(default_factory=dict)
    failure: BaseException | None = None


class Publisher:
    """One Kafka producer, rebuilt after any doubt. Not safe for several rounds at once."""

    def __init__(self, service: str, settings: ProducerSettings) -> None:
        self._settings = settings
        self._headers = HeaderWriter(service)
        self._producer: AIOKafkaProducer | None = None
        self._partitions: dict[str, int] = {}
        self.rebuilds = 0

    async def publish(self, rows: Sequence[OutboxRow]) -> PublishResult:
        """Send ``rows`` (in order per key) with acks=all and wait for Kafka's word on each.

        Never raises for Kafka's failures: they are in the result, and the producer is made anew before the next round.
        """
        result = PublishResult()
        known = 0
        try:
            async with asyncio.timeout(self._settings.stall_timeout_s):
                producer = await self._ready_producer()
                chains = await self._chains(producer, rows, result)
                known = len(result.unreachable_topics)
                await asyncio.gather(*(self._send_chain(producer, place, chain, result) for place, chain in chains))
        except (KafkaError, OSError, TimeoutError) as failure:
            result.failure = failure
        if result.failure is not None or len(result.unreachable_topics) > known:
            await self.discard_producer()
        return result

    async def _ready_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            lz4_level.install()
            producer = AIOKafkaProducer(
                bootstrap_servers=self._settings.bootstrap_servers,
                client_id=self._settings.client_id,
                acks="all",
                enable_idempotence=self._settings.enable_idempotence,
                compression_type=self._settings.compression_type,
                max_batch_size=self._settings.max_batch_bytes,
                max_request_size=4 * 1024 * 1024,
                request_timeout_ms=self._settings.request_timeout_ms,
                linger_ms=0,
                metadata_max_age_ms=60_000,
                **self._settings.security,
            )
            self._producer = producer
            await producer.start()
        return self._producer

    async def _chains(
        self, producer: AIOKafkaProducer, rows: Sequence[OutboxRow], result: PublishResult
    ) -> list[tuple[tuple[str, int], list[_Keyed]]]:
        for topic in {row.topic for row in rows} - self._partitions.keys():
            try:
                async with asyncio.timeout(self._settings.metadata_timeout_s):
                    self._partitions[topic] = len(await producer.partitions_for(topic))
            except (KafkaError, TimeoutError) as error:
                result.unreachable_topics[topic] = type(error).__name__
        chains: dict[tuple[str, int], list[_Keyed]] = defaultdict(list)
        counts = self._partitions
        for row in rows:
            topic = row.topic
            if count := counts.get(topic):
                key = row.key.encode()
                chains[(topic, partition_for(key, count))].append((row, key))
        return list(chains.items())

    async def _send_chain(
        self, producer: AIOKafkaProducer, place: tuple[str, int], rows: list[_Keyed], result: PublishResult
    ) -> None:
        """Send ``rows`` of one partition; ``result`` knows each batch at once, so that a stall elsewhere costs none."""
        topic, partition = place
        try:
            start = 0
            while start < len(rows):
                batch = producer.create_batch()
                end = start + self._fill(batch, rows, start)
                batch.close()
                await (await producer.send_batch(batch, topic, partition=partition))
                result.confirmed.extend([row for row, _ in rows[start:end]])
                start = end
        except RequestTimedOutError as failure:
            result.failure = result.failure or failure
        except BrokerResponseError as refusal:
            # A broker that answers is there: what it refuses (a right, a size, a replica) is this topic's trouble.
            result.unreachable_topics[topic] = type(refusal).__name__
        except (KafkaError, OSError, TimeoutError) as failure:
            result.failure = result.failure or failure

    def _fill(self, batch: Any, rows: list[_Keyed], start: int) -> int:
        """Put rows from ``start`` on into ``batch`` until it is full; gives how many it has taken."""
        append, envelope = batch.append, self._headers.envelope
        for count in range(len(rows) - start):
            row, key = rows[start + count]
            headers, timestamp_ms = envelope(row, key)
            if append(timestamp=timestamp_ms, key=key, value=row.body, headers=headers) is None:
                return count
        return len(rows) - start

    async def discard_producer(self) -> None:
        """Drop the producer without waiting for what it still holds; the rows are in the outbox and go again."""
        producer, self._producer = self._producer, None
        self._partitions.clear()
        if producer is None:
            return
        self.rebuilds += 1
        # aiokafka has no public way to stop without flushing, and flushing waits for the broker that is in doubt.
        accumulator, sender = producer._message_accumulator, producer._sender
        with contextlib.suppress(Exception):
            accumulator.fail_all(KafkaError("given up by the relay"))
        with contextlib.suppress(Exception):
            async with asyncio.timeout(2.0):
                await producer.stop()
        with contextlib.suppress(Exception):
            async with asyncio.timeout(2.0):
                await sender.close()
                await producer.client.close()

    async def close(self) -> None:
        """Stop the producer; call it when no round is under way."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(5.0):
                    await producer.stop()
