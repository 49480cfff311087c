"""Turns raw Kafka records into typed events, and everything else into a reason for parking.

A topic is a trust boundary: sizes are capped, the writer must own the topic, foreign headers are never acted on, and
one bad record never touches its neighbours.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from pydantic import ValidationError

from shared.clock import Clock
from shared.contracts.base import Event
from shared.contracts.spec import Catalogue, TopicSpec
from shared.ids import fast_uuid
from shared.messaging.envelope import Headers, Received, key_of, schema_uri, source_of
from shared.messaging.reasons import ParkCode, ParkReason, describe_exception, describe_validation_error

# PostgreSQL indexes nothing longer than about 2,700 bytes; our own keys are identifiers of 36.
_LONGEST_KEY = 500
_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_REQUIRED = ("ce_type", "ce_source", "ce_dataschema")


class RawRecord(Protocol):
    """What we need of a Kafka record; aiokafka's `ConsumerRecord` has it."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still read; larger or later is parked."""

    max_body_bytes: int = 256 * 1024
    max_headers_bytes: int = 8 * 1024
    max_headers: int = 32
    # A day, not minutes: one clock that is wrong by an hour must not park a whole topic.
    max_future: timedelta = timedelta(days=1)


@dataclass(slots=True)
class Item:
    """One record on its way through: either ``received`` or ``reason`` is set (or a deletion mark: neither)."""

    record: RawRecord
    key: str | None
    received: Received[Event] | None = None
    event_type: type[Event] | None = None
    event_id: UUID | None = None
    body_hash: int = 0
    reason: ParkReason | None = None


class UnreadableError(Exception):
    """The record cannot become an event, for ``reason``."""

    def __init__(self, code: ParkCode, detail: str = "") -> None:
        super().__init__(code)
        self.reason = ParkReason(code, detail)


def key_text(key: bytes | None) -> str | None:
    """The key as text that PostgreSQL can store and index.

    Bytes that are no such text become ``hex:``, keys that are too long ``blake2b:`` and their hash.
    """
    if key is None:
        return None
    if len(key) > _LONGEST_KEY:
        return f"blake2b:{hashlib.blake2b(key, digest_size=32).hexdigest()}"
    try:
        text = key.decode()
    except UnicodeDecodeError:
        return f"hex:{key.hex()}"
    return f"hex:{key.hex()}" if "\x00" in text else text


def body_hash(topic: str, body: bytes | None) -> int:
    """64 bits of BLAKE2b over topic and body, as PostgreSQL's signed bigint: what one identifier may stand for."""
    return _bigint(topic.encode() + b"\x00" + (body or b""))


def record_hash(record: RawRecord) -> int:
    """64 bits of BLAKE2b over all that was written: a topic made anew has other records at the same offsets."""
    return _bigint(repr((record.key, record.value, list(record.headers))).encode("ascii", "backslashreplace"))


def _bigint(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big", signed=True)


def storable_headers(headers: Headers) -> list[list[str | None]]:
    """Headers as JSON: name and base64 of the value, for the parked table. Capped, since they may be hostile."""
    return [
        [
            name.encode("ascii", "backslashreplace").decode().replace("\x00", "\\0")[:200],
            None if value is None else base64.b64encode(value[:4096]).decode(),
        ]
        for name, value in list(headers)[:64]
    ]


class Intake:
    """Reads records of the topics in ``catalogue``."""

    def __init__(self, catalogue: Catalogue, clock: Clock, limits: Limits | None = None) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._limits = limits or Limits()
        # At most one entry per topic and owner: a foreign origin raises and is not kept.
        self._known_origins: dict[tuple[str, bytes | None, bytes | None, bytes | None], tuple[str, type[Event]]] = {}

    def read(self, record: RawRecord) -> Item:
        """Make an `Item` of ``record``; never raises for what is in the record."""
        return self.read_all((record,))[0]

    def read_all(self, records: Sequence[RawRecord]) -> list[Item]:
        """Make an `Item` of each record; a bad one gets its reason, its neighbours are not touched."""
        latest = self._clock.now() + self._limits.max_future
        items = []
        for record in records:
            item = Item(record=record, key=key_text(record.key))
            try:
                self._fill(item, latest)
            except UnreadableError as error:
                item.reason = error.reason
            items.append(item)
        return items

    def _fill(self, item: Item, latest: datetime) -> None:
        record = item.record
        headers = self._headers(record.headers)
        item.event_id = _event_id(headers)
        spec = self._catalogue.topic(record.topic)
        # What a writer repeats on every event is checked once and then only recognised.
        origin = (record.topic, headers.get("ce_type"), headers.get("ce_source"), headers.get("ce_dataschema"))
        known = self._known_origins.get(origin)
        if known is None:
            known = self._known_origins[origin] = _check_origin(headers, spec)
        source, event_type = known
        item.event_type = event_type
        occurred_at = _moment(headers, latest)
        body = record.value
        item.body_hash = body_hash(record.topic, body)
        if body is None:
            if not spec.tombstones:
                raise UnreadableError(ParkCode.BODY_MISSING)
            event: Event | None = None
        else:
            event = self._event(body, event_type)
            if key_of(event) != item.key:
                raise UnreadableError(ParkCode.KEY_MISMATCH)
        trace = headers.get("traceparent")
        item.received = Received(
            event=event,  # type: ignore[arg-type] # None only on topics whose handlers know deletion marks
            event_id=item.event_id,
            occurred_at=occurred_at,
            source=source,
            topic=record.topic,
            key=item.key or "",
            partition=record.partition,
            offset=record.offset,
            traceparent=trace.decode() if trace and _TRACEPARENT.fullmatch(trace) else None,
        )

    def _headers(self, headers: Headers) -> dict[str, bytes]:
        if len(headers) > self._limits.max_headers:
            raise UnreadableError(ParkCode.HEADERS_TOO_LARGE)
        found: dict[str, bytes] = dict(headers)  # type: ignore[arg-type] # a null value does not pass the join
        names = "".join(found)
        try:
            values = b"".join(found.values())
        except TypeError:
            raise UnreadableError(ParkCode.HEADER_UNREADABLE) from None
        if not (values.isascii() and names.isascii()):
            raise UnreadableError(ParkCode.HEADER_UNREADABLE)
        if len(names) + len(values) > self._limits.max_headers_bytes:
            raise UnreadableError(ParkCode.HEADERS_TOO_LARGE)
        if "reply_to" in found:
            raise UnreadableError(ParkCode.HEADER_FOREIGN)
        return found

    def _event(self, body: bytes, event_type: type[Event]) -> Event:
        if len(body) > self._limits.max_body_bytes:
            raise UnreadableError(ParkCode.BODY_TOO_LARGE)
        if b"\\u0000" in body:
            raise UnreadableError(ParkCode.BODY_INVALID, "A text holds the character NUL.")
        try:
            return event_type.from_json_bytes(body)
        except ValidationError as error:
            raise UnreadableError(ParkCode.BODY_INVALID, describe_validation_error(error)) from None
        except Exception as error:  # noqa: BLE001 - a check of the contract fails in its own way
            raise UnreadableError(ParkCode.BODY_INVALID, describe_exception(error)) from None


def _event_id(headers: Mapping[str, bytes]) -> UUID:
    try:
        return fast_uuid(headers["ce_id"].decode())
    except (KeyError, ValueError):
        raise UnreadableError(ParkCode.ENVELOPE_INCOMPLETE, "ce_id is missing or no UUID.") from None


def _check_origin(headers: Mapping[str, bytes], spec: TopicSpec) -> tuple[str, type[Event]]:
    """Check what says which event this is and who wrote it; gives the ``ce_source`` and the event of that version."""
    for name in _REQUIRED:
        if name not in headers:
            raise UnreadableError(ParkCode.ENVELOPE_INCOMPLETE, f"Missing: {name}.")
    if headers["ce_type"] != spec.name.encode():
        raise UnreadableError(ParkCode.ENVELOPE_INCOMPLETE, "ce_type is not this topic's.")
    schema = headers["ce_dataschema"].decode()
    event_type = next((event for event in spec.events if schema == schema_uri(spec.name, event.VERSION)), None)
    if event_type is None:
        known = ", ".join(str(event.VERSION) for event in spec.events)
        raise UnreadableError(ParkCode.VERSION_UNKNOWN, f"Known here: version {known}.")
    source = headers["ce_source"].decode()
    if source not in {source_of(owner) for owner in spec.owners}:
        raise UnreadableError(ParkCode.WRITER_FOREIGN)
    return source, event_type


def _moment(headers: Mapping[str, bytes], latest: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(headers["ce_time"].decode())
    except (KeyError, ValueError):
        raise UnreadableError(ParkCode.ENVELOPE_INCOMPLETE, "ce_time is missing or no RFC 3339 time.") from None
    if moment.tzinfo is None:
        raise UnreadableError(ParkCode.ENVELOPE_INCOMPLETE, "ce_time has no time zone.")
    if moment > latest:
        raise UnreadableError(ParkCode.TIME_IN_FUTURE)
    return moment
