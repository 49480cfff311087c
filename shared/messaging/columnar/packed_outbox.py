"""Many copies of an event wait in the outbox as few rows: one for each slot and some hundred copies.

A row of the outbox is written, indexed, logged, read, deleted and cleaned up after, which costs more than all else that
is done for an event. A packed row holds once what its copies share, and of each copy its identifiers; the relay makes
of it the events that `UnitOfWork.emit` would have written (docs/adr/0039).

Its ``body`` has the templates (`EventTemplate.template`), with `JOINT` between them. Its ``packed`` begins with a byte
that tells which hole is the key; then come the copies, in order: a byte for the template, 16 for the event's id, 16
for the identifier of each hole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as DriverUUID  # noqa: N811 - without a function around it, for speed

from shared.ids import IdSource, fast_uuid
from shared.messaging.columnar.event_template import HOLE, JOINT, EventTemplate, as_format
from shared.messaging.envelope import OutboxRow
from shared.messaging.slots import slot_of

# Fewer copies than this in one transaction wait as a row each: two to a packed row would gain nothing.
FEWEST: Final = 64
# The most of one packed row: a template's number is one byte. Bodies add up to what a relay's round may read of a slot.
MOST: Final = 256
MOST_BYTES: Final = 512 * 1024
_ID: Final = 16  # bytes of an identifier, of its spelling 36
_SPELLED: Final = 36
_FIRST: Final = 1 + _ID  # where the identifiers of a copy begin


class PackedRow(NamedTuple):
    """One row of the outbox with several events; ``event_id`` and ``key`` are those of the first."""

    slot: int
    event_id: UUID
    key: str
    body: bytes
    events: int
    packed: bytes
    packed_bytes: int


@dataclass(slots=True)
class _Open:
    templates: list[bytes] = field(default_factory=list)
    copies: list[bytes] = field(default_factory=list)
    body_bytes: int = 0


def can_share(one: EventTemplate, other: EventTemplate) -> bool:
    """Whether copies of both fit into one packed row: the same event, as many holes and the same one for the key."""
    return (one.event_type, len(one.order), one.key_hole) == (other.event_type, len(other.order), other.key_hole)


def pack(groups: Iterable[tuple[EventTemplate, Sequence[tuple[UUID, ...]]]], ids: IdSource) -> Iterator[PackedRow]:
    """The rows of every template of ``groups``, which share, as packed rows; in order for each slot.

    Each copy gets an id of ``ids``.
    """
    holes = key_hole = 0
    opened: defaultdict[int, _Open] = defaultdict(_Open)

    def close(slot: int, row: _Open) -> PackedRow:
        first = row.copies[0][1:]
        event_id, *found = (fast_uuid(first[start : start + _ID]) for start in range(0, len(first), _ID))
        copies = b"".join((bytes((key_hole,)), *row.copies))
        body, count = JOINT.join(row.templates), len(row.copies)
        return PackedRow(slot, event_id, str(found[key_hole]), body, count, copies, row.body_bytes)

    for template, rows in groups:
        holes, key_hole = len(template.order), template.key_hole
        body_bytes = len(template.template) + holes * (_SPELLED - len(HOLE))
        for slot, copies in _by_slot(template, rows, ids).items():
            while copies:
                row = opened[slot]
                room = min(MOST - len(row.copies), max(0, MOST_BYTES - row.body_bytes) // body_bytes)
                if room <= 0 and row.copies:
                    yield close(slot, opened.pop(slot))
                    continue
                number = bytes((len(row.templates),))
                row.templates.append(template.template)
                taken = copies[: max(1, room)]
                row.copies += [number + copy for copy in taken]
                row.body_bytes += len(taken) * body_bytes
                del copies[: len(taken)]
    for slot, row in opened.items():
        yield close(slot, row)


def _by_slot(template: EventTemplate, rows: Sequence[tuple[UUID, ...]], ids: IdSource) -> dict[int, list[bytes]]:
    columns = list(zip(*rows, strict=True))
    keys = columns[template.order[template.key_hole]]
    slots = [slot_of(str(key).encode()) for key in keys]
    event_ids = [ids.next().bytes for _ in rows]
    holes = [[identifier.bytes for identifier in columns[place]] for place in template.order]
    copies: defaultdict[int, list[bytes]] = defaultdict(list)
    for slot, copy in zip(slots, map(b"".join, zip(event_ids, *holes, strict=True)), strict=True):
        copies[slot].append(copy)
    return copies


def events_of(row: OutboxRow, packed: bytes | None, without: Container[UUID] = ()) -> list[OutboxRow]:
    """The events that wait as ``row`` of the outbox: itself, or what ``packed`` holds."""
    return [row] if packed is None else unpack(row, packed, without)


def unpack(row: OutboxRow, packed: bytes, without: Container[UUID] = ()) -> list[OutboxRow]:
    """The events that wait packed as ``row``, in order, but for those whose id is in ``without``."""
    templates = (row.body or b"").split(JOINT)
    formats = [as_format(template) for template in templates]
    length = _FIRST + _ID * templates[0].count(HOLE)
    places, key_hole = range(_FIRST, length, _ID), packed[0]
    slot, position, _, topic, version, _, moment, trace, _ = row
    events = []
    for start in range(1, len(packed), length):
        copy = packed[start : start + length]
        texts = tuple([str(DriverUUID(copy[place : place + _ID])).encode() for place in places])
        key, body = texts[key_hole].decode(), formats[copy[0]] % texts
        events.append(OutboxRow(slot, position, DriverUUID(copy[1:_FIRST]), topic, version, key, moment, trace, body))
    return [event for event in events if event.event_id not in without] if without else events
