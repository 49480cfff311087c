"""How an event travels: CloudEvents 1.0 in Kafka's binary mode, attributes as headers, JSON as body.

Source: CloudEvents Kafka protocol binding 1.0.2, section 3.2 (binary content mode). `Received` is what handlers get.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from shared.contracts.base import Event
from shared.ids import fast_uuid

EventT_co = TypeVar("EventT_co", bound=Event, covariant=True)

CONTENT_TYPE = (("content-type", b"application/json"), ("ce_specversion", b"1.0"))
SOURCE_PREFIX = "urn:payung:service:"
SCHEMA_PREFIX = "urn:payung:event:"

Headers = Sequence[tuple[str, bytes | None]]


# Not frozen: setting nine fields of a frozen one costs as much as parsing the body.
@dataclass(slots=True)
class Received(Generic[EventT_co]):
    """One event as a handler gets it: the typed body and where it came from. Read it, do not change it."""

    event: EventT_co
    event_id: UUID
    occurred_at: datetime
    source: str
    topic: str
    key: str
    partition: int
    offset: int
    traceparent: str | None = None


class OutboxRow(NamedTuple):
    """One event as it waits in the outbox. ``body`` None is a deletion mark on a compacted topic."""

    slot: int
    position: int
    event_id: UUID
    topic: str
    schema_version: int
    key: str
    occurred_at: datetime
    traceparent: str | None
    body: bytes | None


def key_of(event: Event) -> str:
    """`Event.key`, several times faster for identifiers: the standard library writes a UUID in Python code."""
    value = getattr(event, event.KEY_FIELD)
    return str(fast_uuid(value.bytes)) if type(value) is UUID else str(value)


def source_of(service: str) -> str:
    """The CloudEvents ``source`` of a service."""
    return SOURCE_PREFIX + service


def schema_uri(topic: str, version: int) -> str:
    """The CloudEvents ``dataschema`` of a topic's event: the ``$id`` of its frozen JSON Schema."""
    return f"{SCHEMA_PREFIX}{topic}:{version}"


def partition_for(key: bytes, partitions: int) -> int:
    """The partition of a key: CRC-32, librdkafka's ``consistent`` partitioner (docs/adr/0011).

    The relay is the only writer of a topic, so one function decides and it may be the fast one.
    """
    return zlib.crc32(key) % partitions


class HeaderWriter:
    """Builds the headers of one service's events, keeping what is the same for many: most come in a row."""

    def __init__(self, service: str) -> None:
        self._source = source_of(service).encode()
        self._fixed: dict[tuple[str, int], tuple[tuple[str, bytes], ...]] = {}
        self._kind: tuple[str, int] | None = None
        self._kind_headers: tuple[tuple[str, bytes], ...] = ()
        self._moment: datetime | None = None
        self._time = ("ce_time", b"")
        self._timestamp_ms = 0

    def headers(self, row: OutboxRow) -> list[tuple[str, bytes]]:
        """The CloudEvents headers of ``row``, plus the trace if there is one."""
        return self.envelope(row, row.key.encode())[0]

    def envelope(self, row: OutboxRow, key: bytes) -> tuple[list[tuple[str, bytes]], int]:
        """The same for who has encoded the ``key`` already, and the record's timestamp in milliseconds."""
        _, _, event_id, topic, version, _, moment, trace, _ = row
        if (topic, version) != self._kind:
            self._kind, self._kind_headers = (topic, version), self._of_kind(topic, version)
        if moment != self._moment:  # one transaction has one moment, and a round has few transactions
            self._moment, self._time = moment, ("ce_time", moment.isoformat().encode())
            self._timestamp_ms = int(moment.timestamp() * 1000)
        headers = [*self._kind_headers, ("ce_id", str(event_id).encode()), self._time, ("ce_subject", key)]
        if trace:
            headers.append(("traceparent", trace.encode()))
        return headers, self._timestamp_ms

    def _of_kind(self, topic: str, version: int) -> tuple[tuple[str, bytes], ...]:
        fixed = self._fixed.get((topic, version))
        if fixed is None:
            fixed = (
                *CONTENT_TYPE,
                ("ce_type", topic.encode()),
                ("ce_source", self._source),
                ("ce_dataschema", schema_uri(topic, version).encode()),
            )
            self._fixed[(topic, version)] = fixed
        return fixed
