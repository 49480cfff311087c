"""Writes records past the outbox, as a faulty or hostile writer would."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from uuid import UUID

from aiokafka import AIOKafkaProducer

from shared.messaging.envelope import schema_uri, source_of
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.kit import WRITER, CounterMoved


class Sender:
    """Sends well-formed records unless told otherwise."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._producer = AIOKafkaProducer(bootstrap_servers=pair.bootstrap, acks="all", max_request_size=4_000_000)

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
        """Send one record: ``event`` unless ``body`` replaces it (None: no body), under the event's key unless given."""
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
