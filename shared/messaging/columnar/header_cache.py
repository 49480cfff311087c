"""Reads the headers of a record: which event it is, who wrote it, when. What a writer repeats is checked once.

A topic is a trust boundary: sizes are capped, the writer must own the topic, foreign headers are never acted on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from shared.contracts.base import Event
from shared.contracts.spec import Catalogue, TopicSpec
from shared.ids import fast_uuid, fast_uuids
from shared.messaging.envelope import SCHEMA_PREFIX, Headers, schema_uri, source_of
from shared.messaging.reasons import ParkCode, ParkReason

_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_VERSION = re.compile("[1-9][0-9]{0,4}")
_REQUIRED = ("ce_type", "ce_source", "ce_dataschema")
# As `HeaderWriter` writes them: what is the same for every event of a topic comes first.
_FIXED = 5
_KEPT = 256


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still read; larger or later is parked."""

    max_body_bytes: int = 256 * 1024
    max_headers_bytes: int = 8 * 1024
    max_headers: int = 32
    # A day, not minutes: one clock that is wrong by an hour must not park a whole topic.
    max_future: timedelta = timedelta(days=1)


class UnreadableError(Exception):
    """The record cannot become an event, for ``reason``."""

    def __init__(self, code: ParkCode, detail: str = "") -> None:
        super().__init__(code)
        self.reason = ParkReason(code, detail)


class Origin(NamedTuple):
    """Who wrote an event, and which version of which event it is."""

    source: str
    event_type: type[Event]


class Head(NamedTuple):
    """What the headers of a record say."""

    event_id: UUID
    origin: Origin
    occurred_at: datetime
    traceparent: str | None


class Heads:
    """Headers of the topics in ``catalogue``."""

    def __init__(self, catalogue: Catalogue, limits: Limits) -> None:
        self._catalogue = catalogue
        self._limits = limits
        # At most one entry per topic and owner: a foreign origin raises and is not kept.
        self._origins: dict[tuple[str, bytes | None, bytes | None, bytes | None], Origin] = {}
        self._fixed: dict[str, tuple[Any, Origin]] = {}
        self._moments: dict[bytes, datetime] = {}
        self._traces: dict[bytes, str] = {}

    def recognise(self, topic: str, headers: Headers, key: bytes, latest: datetime) -> Head | None:
        """The head of a record as the relay writes it, of parts that were checked before; else None."""
        known = self._fixed.get(topic)
        if known is None or len(headers) not in (_FIXED + 3, _FIXED + 4) or headers[:_FIXED] != known[0]:
            return None
        (name, event_id), (name_of_time, time), (name_of_subject, subject) = headers[_FIXED : _FIXED + 3]
        if name != "ce_id" or name_of_time != "ce_time" or name_of_subject != "ce_subject" or subject != key:
            return None
        trace: str | None = None
        if len(headers) > _FIXED + 3:
            name, value = headers[-1]
            trace = self._traces.get(value) if name == "traceparent" and value is not None else None
            if trace is None:
                return None
        occurred_at = self._moments.get(time) if time is not None else None
        if occurred_at is None or occurred_at > latest or event_id is None:
            return None
        try:
            return Head(fast_uuid(event_id.decode()), known[1], occurred_at, trace)
        except ValueError:
            return None

    def recognise_all(
        self, topic: str, headers: Sequence[Headers], keys: Sequence[bytes], latest: datetime
    ) -> tuple[Head, list[UUID]] | None:
        """`recognise` for many records of one moment and trace: the head of the first, and the id of each. None where
        one of them is not as the relay writes it, or of parts that were not checked before.
        """
        first = self.recognise(topic, headers[0], keys[0], latest)
        if first is None:
            return None
        count = len(headers)
        columns = list(zip(*headers, strict=True))  # as many in each: the caller has counted
        fixed = [column.count(pair) for column, pair in zip(columns, headers[0][:_FIXED], strict=False)]
        names, written = zip(*columns[_FIXED], strict=True)
        names_of_subject, subjects = zip(*columns[_FIXED + 2], strict=True)
        alike = (*fixed, *(column.count(column[0]) for column in (columns[_FIXED + 1], *columns[_FIXED + 3 :])))
        if alike.count(count) != len(alike) or names.count("ce_id") != count:
            return None
        if names_of_subject.count("ce_subject") != count or subjects != tuple(keys):
            return None
        try:
            event_ids = fast_uuids(b",".join(written).decode().split(","))
        except (TypeError, ValueError):
            return None
        return (first, event_ids) if len(event_ids) == count else None

    def check(self, headers: Headers) -> dict[str, bytes]:
        """The headers by name, all of them readable. Raises UnreadableError."""
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

    def origin(self, topic: str, headers: Mapping[str, bytes]) -> Origin:
        """Who wrote it and which event it is. Raises UnreadableError, and KeyError for a topic of no catalogue."""
        written = (topic, headers.get("ce_type"), headers.get("ce_source"), headers.get("ce_dataschema"))
        known = self._origins.get(written)
        if known is None:
            known = self._origins[written] = _check_origin(headers, self._catalogue.topic(topic))
        return known

    def learn(self, topic: str, headers: Headers, head: Head) -> None:
        """Recognise the parts of ``headers``, which were read as ``head``, from now on."""
        names = [name for name, _ in headers]
        if names[:_FIXED] != ["content-type", "ce_specversion", "ce_type", "ce_source", "ce_dataschema"]:
            return
        found = dict(headers)
        self._fixed[topic] = (headers[:_FIXED], head.origin)
        self._keep(self._moments, found.get("ce_time"), head.occurred_at)
        self._keep(self._traces, found.get("traceparent"), head.traceparent)

    @staticmethod
    def _keep(kept: dict[bytes, Any], written: bytes | None, value: datetime | str | None) -> None:
        if written is None or value is None:
            return
        if len(kept) >= _KEPT:
            kept.clear()
        kept[written] = value


def event_id_of(headers: Mapping[str, bytes]) -> UUID:
    """The event's identifier. Raises UnreadableError."""
    try:
        return fast_uuid(headers["ce_id"].decode())
    except (KeyError, ValueError):
        raise UnreadableError(ParkCode.ENVELOPE_INCOMPLETE, "ce_id is missing or no UUID.") from None


def _check_origin(headers: Mapping[str, bytes], spec: TopicSpec) -> Origin:
    for name in _REQUIRED:
        if name not in headers:
            raise UnreadableError(ParkCode.ENVELOPE_INCOMPLETE, f"Missing: {name}.")
    if headers["ce_type"] != spec.name.encode():
        raise UnreadableError(ParkCode.ENVELOPE_INCOMPLETE, "ce_type is not this topic's.")
    # Before the version: only the owner's events can be of one that this program does not know yet.
    source = headers["ce_source"].decode()
    if source not in {source_of(owner) for owner in spec.owners}:
        raise UnreadableError(ParkCode.WRITER_FOREIGN)
    schema = headers["ce_dataschema"].decode()
    event_type = next((event for event in spec.events if schema == schema_uri(spec.name, event.VERSION)), None)
    if event_type is None:
        topic, _, version = schema.removeprefix(SCHEMA_PREFIX).rpartition(":")
        if topic != spec.name or not schema.startswith(SCHEMA_PREFIX) or not _VERSION.fullmatch(version):
            raise UnreadableError(ParkCode.ENVELOPE_INCOMPLETE, "ce_dataschema is not this topic's.")
        known = ", ".join(str(event.VERSION) for event in spec.events)
        raise UnreadableError(ParkCode.VERSION_UNKNOWN, f"Known here: version {known}.")
    return Origin(source, event_type)


def moment_of(headers: Mapping[str, bytes], latest: datetime) -> datetime:
    """When it happened, no later than ``latest``. Raises UnreadableError."""
    try:
        moment = datetime.fromisoformat(headers["ce_time"].decode())
    except (KeyError, ValueError):
        raise UnreadableError(ParkCode.ENVELOPE_INCOMPLETE, "ce_time is missing or no RFC 3339 time.") from None
    if moment.tzinfo is None:
        raise UnreadableError(ParkCode.ENVELOPE_INCOMPLETE, "ce_time has no time zone.")
    if moment > latest:
        raise UnreadableError(ParkCode.TIME_IN_FUTURE)
    return moment


def trace_of(headers: Mapping[str, bytes]) -> str | None:
    """The trace that it belongs to, if it is well written; a bad one costs the trace, not the event."""
    trace = headers.get("traceparent")
    return trace.decode() if trace and _TRACEPARENT.fullmatch(trace) else None
