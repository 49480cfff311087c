"""What the headers of a record say: which event it is, who wrote it, when. `HeaderCache` is the short way.

A topic is a trust boundary: sizes are capped, the writer must own the topic, foreign headers are never acted on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from shared.contracts.base import Event
from shared.contracts.spec import TopicSpec
from shared.ids import fast_uuid
from shared.messaging.envelope import SCHEMA_PREFIX, Headers, schema_uri, source_of
from shared.messaging.reasons import ParkCode, ParkReason

_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_VERSION = re.compile("[1-9][0-9]{0,4}")
_REQUIRED = ("ce_type", "ce_source", "ce_dataschema")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still read; larger or later is parked."""

    max_body_bytes: int = 256 * 1024
    max_headers_bytes: int = 8 * 1024
    max_headers: int = 32
    # A day, not minutes: one clock that is wrong by an hour must not park a whole topic.
    max_future: timedelta = timedelta(days=1)


class UnreadableError(Exception):
    """The record cannot become an event, for ``reason``. ``event_id`` where the headers still told it."""

    def __init__(self, code: ParkCode, detail: str = "") -> None:
        super().__init__(code)
        self.reason = ParkReason(code, detail)
        self.event_id: UUID | None = None


class Origin(NamedTuple):
    """Who wrote an event, and which version of which event it is."""

    source: str
    event_type: type[Event]


class Attributes(NamedTuple):
    """The CloudEvents attributes of a record, checked."""

    event_id: UUID
    origin: Origin
    occurred_at: datetime
    traceparent: str | None


def checked(headers: Headers, limits: Limits) -> dict[str, bytes]:
    """The headers by name, all of them readable.

    Raises:
        UnreadableError: they are too many, too large, no readable text, or ask for a reply.
    """
    if len(headers) > limits.max_headers:
        raise UnreadableError(ParkCode.HEADERS_TOO_LARGE)
    found: dict[str, bytes] = dict(headers)  # type: ignore[arg-type] # a null value does not pass the join
    names = "".join(found)
    try:
        values = b"".join(found.values())
    except TypeError:
        raise UnreadableError(ParkCode.HEADER_UNREADABLE) from None
    if not (values.isascii() and names.isascii()):
        raise UnreadableError(ParkCode.HEADER_UNREADABLE)
    if len(names) + len(values) > limits.max_headers_bytes:
        raise UnreadableError(ParkCode.HEADERS_TOO_LARGE)
    if "reply_to" in found:
        raise UnreadableError(ParkCode.HEADER_FOREIGN)
    return found


def event_id_of(headers: Mapping[str, bytes]) -> UUID:
    """The event's identifier. Raises UnreadableError."""
    try:
        return fast_uuid(headers["ce_id"].decode())
    except (KeyError, ValueError):
        raise UnreadableError(ParkCode.ENVELOPE_INCOMPLETE, "ce_id is missing or no UUID.") from None


def check_origin(headers: Mapping[str, bytes], spec: TopicSpec) -> Origin:
    """Who wrote the record, and as which version of the event. Raises UnreadableError."""
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
