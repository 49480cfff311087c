"""Turns raw Kafka records into typed events, and everything else into a reason for parking.

One bad record never touches its neighbours. A record that differs from earlier ones in identifiers only is recognised
(`Heads`, `Shapes`), which costs a third of examining it, and by columns (`BulkReader`) less than half of that;
whatever is not recognised is examined in full.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import from_json

from shared.clock import Clock
from shared.contracts.base import Event
from shared.contracts.spec import Catalogue, TopicSpec
from shared.messaging.columnar.body_shapes import Shapes
from shared.messaging.columnar.column_reader import BulkReader, UnusualError
from shared.messaging.columnar.event_groups import Part
from shared.messaging.columnar.header_cache import (
    Head,
    Heads,
    Limits,
    Origin,
    UnreadableError,
    event_id_of,
    moment_of,
    trace_of,
)
from shared.messaging.envelope import Headers, Received, key_of
from shared.messaging.reasons import ParkCode, ParkReason, describe_exception, describe_validation_error
from shared.messaging.record import RawRecord, body_hash

# PostgreSQL indexes nothing longer than about 2,700 bytes; our own keys are identifiers of 36.
_LONGEST_KEY = 500


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
        self._heads = Heads(catalogue, self._limits)
        self._shapes = Shapes()
        self._bulk = BulkReader(self._heads, self._shapes, self._examine_alone)

    def read(self, record: RawRecord) -> Item:
        """Make an `Item` of ``record``; never raises for what is in the record."""
        return self.read_all((record,))[0]

    def read_all(self, records: Sequence[RawRecord]) -> list[Item]:
        """Make an `Item` of each record; a bad one gets its reason, its neighbours are not touched."""
        latest = self._latest()
        return [self._recognise(record, latest) or self._examine(record, latest) for record in records]

    def read_alike(self, records: Sequence[RawRecord]) -> list[Part[Event]] | None:
        """``records`` as events that share all but identifiers, at less than half of what `read_all` costs, which
        says the same of each. None where there is anything to park or to be doubted: then `read_all` finds it.
        """
        if not records:
            return []
        try:
            return self._bulk.read(records, self._latest())
        except UnusualError:
            return None

    def _latest(self) -> datetime:
        return self._clock.now() + self._limits.max_future

    def _recognise(self, record: RawRecord, latest: datetime) -> Item | None:
        """The item of a record that differs from earlier ones in identifiers only; None for any other."""
        key, body = record.key, record.value
        if key is None or body is None:
            return None
        head = self._heads.recognise(record.topic, record.headers, key, latest)
        if head is None:
            return None
        event = self._shapes.recognise(body, head.origin.event_type, key)
        return None if event is None else _item(record, key.decode(), head, event)

    def _examine(self, record: RawRecord, latest: datetime) -> Item:
        item = Item(record=record, key=key_text(record.key))
        try:
            self._fill(item, latest)
        except UnreadableError as error:
            item.reason = error.reason
            if error.reason.holds_key:
                item.reason = self._why_not_of_key(item) or error.reason
        return item

    def _examine_alone(self, record: RawRecord, number: int) -> Part[Event] | None:
        latest = self._latest()
        item = self._recognise(record, latest) or self._examine(record, latest)
        if item.reason is not None or item.received is None or record.value is None:
            return None
        received, event_type = item.received, type(item.received.event)
        head = Head(received.event_id, Origin(received.source, event_type), received.occurred_at, received.traceparent)
        return Part(
            received.event,
            (),
            [()],
            head=head,
            event_ids=[received.event_id],
            body_hashes=[item.body_hash],
            records=[record],
            numbers=[number],
        )

    def _fill(self, item: Item, latest: datetime) -> None:
        record = item.record
        headers = self._heads.check(record.headers)
        item.event_id = event_id_of(headers)
        spec = self._catalogue.topic(record.topic)
        origin = self._heads.origin(record.topic, headers)
        item.event_type = origin.event_type
        head = Head(item.event_id, origin, moment_of(headers, latest), trace_of(headers))
        body = record.value
        item.body_hash = body_hash(record.topic, body)
        event: Event | None = None
        if body is not None:
            event = self._event(body, origin.event_type)
            if key_of(event) != item.key:
                raise UnreadableError(ParkCode.KEY_MISMATCH)
            self._shapes.learn(body, event)
            self._heads.learn(record.topic, record.headers, head)
        elif reason := _why_no_deletion_mark(record, spec):
            raise UnreadableError(reason.code, reason.detail)
        item.received = _received(record, item.key or "", head, event)

    def _why_not_of_key(self, item: Item) -> ParkReason | None:
        """What shows that ``item``, whose envelope is its owner's, is no event of its key; then it must not hold it."""
        spec, body = self._catalogue.topic(item.record.topic), item.record.value
        if body is None:
            return _why_no_deletion_mark(item.record, spec)
        if len(body) > self._limits.max_body_bytes:
            return ParkReason(ParkCode.BODY_TOO_LARGE)
        try:
            content = from_json(body)
        except ValueError:
            return ParkReason(ParkCode.BODY_UNREADABLE)
        if not isinstance(content, dict):
            return ParkReason(ParkCode.BODY_UNREADABLE)
        # The key's field is the same in all versions of a topic: the gate lets no other through (key-changed).
        named = content.get(spec.event.KEY_FIELD)
        return None if named is not None and str(named) == item.key else ParkReason(ParkCode.KEY_MISMATCH)

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


def _why_no_deletion_mark(record: RawRecord, spec: TopicSpec) -> ParkReason | None:
    """What keeps a record without a body from being a deletion mark of its key; it forgets somebody for good."""
    if not spec.tombstones:
        return ParkReason(ParkCode.BODY_MISSING)
    if record.key is None or dict(record.headers).get("ce_subject") != record.key:
        return ParkReason(ParkCode.KEY_MISMATCH, "A deletion mark names its key in ce_subject, since it has no body.")
    return None


def _item(record: RawRecord, key: str, head: Head, event: Event) -> Item:
    received = _received(record, key, head, event)
    return Item(record, key, received, head.origin.event_type, head.event_id, body_hash(record.topic, record.value))


def _received(record: RawRecord, key: str, head: Head, event: Event | None) -> Received[Event]:
    return Received(
        event,  # type: ignore[arg-type] # None only on topics whose handlers know deletion marks
        head.event_id,
        head.occurred_at,
        head.origin.source,
        record.topic,
        key,
        record.partition,
        record.offset,
        head.traceparent,
    )
