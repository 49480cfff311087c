"""Turns raw Kafka records into typed events, and everything else into a reason for parking.

One bad record never touches its neighbours. A record that differs from earlier ones in identifiers only is recognised
(`HeaderCache`, `BodyShapes`), which costs a third of examining it, and by columns (`ColumnReader`) less than half of
that; whatever is not recognised is examined in full.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime

from pydantic import ValidationError
from pydantic_core import from_json

from shared.clock import Clock
from shared.contracts.base import Event
from shared.contracts.spec import Catalogue, TopicSpec
from shared.messaging.columnar.body_shapes import BodyShapes
from shared.messaging.columnar.column_reader import ColumnReader, UnusualError
from shared.messaging.columnar.event_groups import EventGroup
from shared.messaging.columnar.header_cache import HeaderCache
from shared.messaging.consume.batch import Batch, Parkable
from shared.messaging.envelope import Headers, key_of
from shared.messaging.headers import Attributes, Limits, UnreadableError, event_id_of, moment_of, trace_of
from shared.messaging.reasons import ParkCode, ParkReason, describe_exception, describe_validation_error
from shared.messaging.record import RawRecord, body_hash

# PostgreSQL indexes nothing longer than about 2,700 bytes; our own keys are identifiers of 36.
_LONGEST_KEY = 500


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
        self._headers = HeaderCache(catalogue, self._limits)
        self._shapes = BodyShapes()
        self._columns = ColumnReader(self._headers, self._shapes, self._read_one)

    def read(self, records: Sequence[RawRecord]) -> Batch:
        """Every one of ``records``, as an event or with the reason why it is none; never raises for what is in them."""
        if not records:
            return Batch()
        latest = self._clock.now() + self._limits.max_future
        try:
            return Batch(self._columns.read(records, latest))
        except UnusualError:
            return self._read_each(records, latest)

    def _read_each(self, records: Sequence[RawRecord], latest: datetime) -> Batch:
        batch = Batch()
        for number, record in enumerate(records):
            try:
                batch.groups.append(self._read_one(record, number, latest))
            except UnreadableError as error:
                key = key_text(record.key)
                batch.parkables.append(Parkable(record, number, key, error.event_id, error.reason))
        return batch

    def _read_one(self, record: RawRecord, number: int, latest: datetime) -> EventGroup[Event]:
        """The event of one record, a group of its own. Raises UnreadableError."""
        return self._recognised(record, number, latest) or self._examined(record, number, latest)

    def _recognised(self, record: RawRecord, number: int, latest: datetime) -> EventGroup[Event] | None:
        """The event of a record that differs from earlier ones in identifiers only; None for any other."""
        key, body = record.key, record.value
        if key is None or body is None:
            return None
        attributes = self._headers.recognise(record.topic, record.headers, key, latest)
        if attributes is None:
            return None
        event = self._shapes.recognise(body, attributes.origin.event_type, key)
        return None if event is None else _group(record, number, attributes, event)

    def _examined(self, record: RawRecord, number: int, latest: datetime) -> EventGroup[Event]:
        event_id = None
        try:
            headers = self._headers.check(record.headers)
            event_id = event_id_of(headers)
            origin = self._headers.origin(record.topic, headers)
            attributes = Attributes(event_id, origin, moment_of(headers, latest), trace_of(headers))
            return _group(record, number, attributes, self._event(record, attributes))
        except UnreadableError as error:
            error.event_id = event_id
            if error.reason.holds_key:
                error.reason = self._why_not_of_key(record) or error.reason
            raise

    def _event(self, record: RawRecord, attributes: Attributes) -> Event | None:
        """The event that the body says; None for a deletion mark. Raises UnreadableError."""
        body = record.value
        if body is None:
            if reason := _why_no_deletion_mark(record, self._catalogue.topic(record.topic)):
                raise UnreadableError(reason.code, reason.detail)
            return None
        event = self._parsed(body, attributes.origin.event_type)
        if not _is_key_of(record, key_of(event)):
            raise UnreadableError(ParkCode.KEY_MISMATCH)
        self._shapes.learn(body, event)
        self._headers.learn(record.topic, record.headers, attributes)
        return event

    def _why_not_of_key(self, record: RawRecord) -> ParkReason | None:
        """What shows that a record, whose envelope is its owner's, is no event of its key; then it must not hold it."""
        spec, body = self._catalogue.topic(record.topic), record.value
        if body is None:
            return _why_no_deletion_mark(record, spec)
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
        is_of_key = named is not None and _is_key_of(record, str(named))
        return None if is_of_key else ParkReason(ParkCode.KEY_MISMATCH)

    def _parsed(self, body: bytes, event_type: type[Event]) -> Event:
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


def _is_key_of(record: RawRecord, text: str) -> bool:
    """Whether ``text`` is what the record's key says, byte by byte, and PostgreSQL can store it as it is.

    A body may name a text like ``hex:ff``, which is also what the odd key of another record is parked under.
    """
    return key_text(record.key) == text and text.encode() == record.key


def _why_no_deletion_mark(record: RawRecord, spec: TopicSpec) -> ParkReason | None:
    """What keeps a record without a body from being a deletion mark of its key; it forgets somebody for good."""
    if not spec.tombstones:
        return ParkReason(ParkCode.BODY_MISSING)
    named = dict(record.headers).get("ce_subject")
    if record.key is None or named != record.key or not _is_key_of(record, key_text(record.key) or ""):
        return ParkReason(ParkCode.KEY_MISMATCH, "A deletion mark names its key in ce_subject, since it has no body.")
    return None


def _group(record: RawRecord, number: int, attributes: Attributes, event: Event | None) -> EventGroup[Event]:
    return EventGroup(
        event,  # type: ignore[arg-type] # None only on topics whose handlers know deletion marks
        attributes,
        event_ids=(attributes.event_id,),
        body_hashes=(body_hash(record.topic, record.value),),
        records=(record,),
        numbers=(number,),
    )
