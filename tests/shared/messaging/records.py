"""Writes records past the outbox, as a faulty or hostile writer would."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from shared.contracts.base import Event
from shared.contracts.spec import TopicSpec
from shared.messaging.envelope import HeaderWriter, OutboxRow, schema_uri, source_of
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.kit import WRITER, CounterMoved


class _RawName(str):
    """A header name that encodes to the bytes it was made of."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        return super().encode("utf-8", "surrogateescape")


class Sender:
    """Sends well-formed records unless told otherwise."""

    def __init__(self, pair: Pair, compression: str | None = None) -> None:
        self._pair = pair
        self._producer = AIOKafkaProducer(
            bootstrap_servers=pair.bootstrap, acks="all", max_request_size=4_000_000, compression_type=compression
        )

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._producer.stop()

    def event(self, counter_id: UUID | None = None, version: int = 1, amount: int = 1) -> CounterMoved:
        """A movement of a counter that nobody else moves, unless one is given."""
        return self._pair.world.moved(aggregate_version=version, counter_id=counter_id or uuid.uuid4(), amount=amount)

    def headers(self, **changes: bytes | None) -> list[tuple[str, bytes | None]]:
        """Right headers with ``changes``; a change to ``b"-"`` leaves the header out."""
        topic = self._pair.world.moved.TOPIC
        headers: dict[str, bytes | None] = {
            "content-type": b"application/json",
            "ce_specversion": b"1.0",
            "ce_id": str(uuid.uuid4()).encode(),
            "ce_type": topic.encode(),
            "ce_source": source_of(WRITER).encode(),
            "ce_time": datetime.now(UTC).isoformat().encode(),
            "ce_dataschema": schema_uri(topic, 1).encode(),
        }
        headers |= changes
        return [(name, value) for name, value in headers.items() if value != b"-"]

    async def send(
        self,
        event: CounterMoved | None = None,
        *,
        body: bytes | None = b"",
        key: bytes | None = b"",
        headers: list[tuple[str, bytes | None]] | None = None,
        partition: int | None = None,
    ) -> bytes | None:
        """Send one record: ``event`` unless ``body`` replaces it (None: no body), under the event's key or ``key``."""
        event = event or self.event()
        wire_key = event.key.encode() if key == b"" else key
        await self._producer.send_and_wait(
            self._pair.world.moved.TOPIC,
            event.to_json_bytes() if body == b"" else body,
            key=wire_key,
            headers=self.headers() if headers is None else headers,
            partition=partition,
        )
        return wire_key

    async def send_with_broken_header_name(self, partition: int) -> None:
        """One batch of three records whose second has a header name that is no UTF-8; client libraries refuse to."""
        batch = self._producer.create_batch()
        codec = self._producer._message_accumulator._compression_type or 0
        batch._builder = _DefaultRecordBatchBuilderPy(
            2, codec, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=100_000
        )
        for name in ("x-fine", "\udcff\udcfe", "x-fine"):
            event = self.event()
            batch.append(
                timestamp=None,
                key=event.key.encode(),
                value=event.to_json_bytes(),
                headers=[*self.headers(), (_RawName(name), b"x")],
            )
        batch.close()
        topic = self._pair.world.moved.TOPIC
        await (await self._producer.send_batch(batch, topic, partition=partition))


@dataclass(frozen=True)
class StoredRecord:
    """A record without a broker, for what only needs the processor."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


def stored_record(spec: TopicSpec, event: Event, offset: int = 0) -> StoredRecord:
    """``event`` as the first owner of its topic would have written it."""
    row = OutboxRow(0, 1, uuid.uuid4(), spec.name, 1, event.key, datetime.now(UTC), None, event.to_json_bytes())
    headers: list[tuple[str, bytes | None]] = list(HeaderWriter(spec.owners[0]).headers(row))
    return StoredRecord(spec.name, 0, offset, event.key.encode(), row.body, headers)
