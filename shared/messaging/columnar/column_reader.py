"""Reads a batch by columns: records of one moment that differ in identifiers only, thousands at a time.

It says of each record exactly what `Intake` says of it alone, or nothing: then the batch is read record by record.
What is compared is the same; only here one call of the interpreter compares a column and not a field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain, compress
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

from shared.contracts.base import Event
from shared.messaging.columnar.body_shapes import BodyShape, BodyShapes, Layout
from shared.messaging.columnar.event_groups import EventGroup
from shared.messaging.columnar.header_cache import HeaderCache
from shared.messaging.headers import Attributes, UnreadableError
from shared.messaging.record import RawRecord, body_hashes

# The headers that the relay writes, without and with a trace.
_HEADERS = (8, 9)
_of_record = attrgetter("topic", "key", "value", "headers")
_time = itemgetter(6)
_HYPHENS = (8, 13, 18, 23)
_WRITTEN = 37  # an identifier and the comma behind it
# So many new bodies are read one by one before the columns are tried again; twice as many the next time.
_FIRST_STEP = 16

# Reads a record alone, which has this number in its batch; raises UnreadableError where it is to be parked.
ReadOne = Callable[[RawRecord, int, datetime], EventGroup[Event]]


class UnusualError(Exception):
    """Read this batch record by record."""


class _Records:
    """Records of one topic, moment, trace and length."""

    __slots__ = ("attributes", "bodies", "event_ids", "keys", "numbers", "records", "topic")

    def __init__(self, topic: str, records: Sequence[RawRecord], numbers: Sequence[int]) -> None:
        self.topic = topic
        self.records = records
        self.numbers = numbers
        self.keys: Sequence[bytes] = [record.key for record in records]  # type: ignore[misc] # checked by `read`
        self.bodies: Sequence[bytes] = [record.value for record in records]  # type: ignore[misc]
        self.attributes: Attributes
        self.event_ids: list[UUID]


class ColumnReader:
    """Reads batches with what ``headers`` and ``shapes`` have learned; ``read_one`` reads what is new, and teaches."""

    def __init__(self, headers: HeaderCache, shapes: BodyShapes, read_one: ReadOne) -> None:
        self._headers = headers
        self._shapes = shapes
        self._read_one = read_one

    def read(self, records: Sequence[RawRecord], latest: datetime) -> list[EventGroup[Event]]:
        """All of ``records`` as events that share all but identifiers. Raises UnusualError if one is in doubt."""
        groups: list[EventGroup[Event]] = []
        for alike in _groups(records):
            groups.extend(self._read_group(alike, latest))
        return groups

    def _read_group(self, group: _Records, latest: datetime) -> Iterator[EventGroup[Event]]:
        recognised = self._headers.recognise_all(group.topic, [r.headers for r in group.records], group.keys, latest)
        if recognised is None:  # a moment, say, that nobody has seen: the first record shows it
            yield self._alone(group, 0, latest)
            group = _Records(group.topic, group.records[1:], group.numbers[1:])
            if not group.records:
                return
            recognised = self._headers.recognise_all(
                group.topic, [r.headers for r in group.records], group.keys, latest
            )
            if recognised is None:
                raise UnusualError
        group.attributes, group.event_ids = recognised
        left: Sequence[int] = range(len(group.records))
        step = _FIRST_STEP
        while left:
            for layout in self._shapes.layouts(group.attributes.origin.event_type, len(group.bodies[0])):
                shapes = list(map(layout.shapes.get, map(layout.rest, [group.bodies[at] for at in left])))
                known = [shape for shape in shapes if shape is not None]
                if known:
                    yield from _alike(group, layout, list(compress(left, shapes)), known)
                    left = [at for at, shape in zip(left, shapes, strict=True) if shape is None]
            for at in left[:step]:
                yield self._alone(group, at, latest)
            left, step = left[step:], step * 2

    def _alone(self, group: _Records, at: int, latest: datetime) -> EventGroup[Event]:
        try:
            return self._read_one(group.records[at], group.numbers[at], latest)
        except UnreadableError:
            raise UnusualError from None


def _groups(records: Sequence[RawRecord]) -> list[_Records]:
    topics, keys, bodies, headers = zip(*map(_of_record, records), strict=True)
    lengths = list(map(len, headers))
    if None in keys or None in bodies or not set(lengths).issubset(_HEADERS):
        raise UnusualError
    traces = [found[-1] if len(found) == _HEADERS[1] else None for found in headers]
    marks = list(zip(topics, map(len, bodies), lengths, map(_time, headers), traces, strict=True))
    if marks.count(marks[0]) == len(marks):
        return [_Records(topics[0], records, range(len(records)))]
    numbers: dict[Any, list[int]] = {}
    for number, mark in enumerate(marks):
        numbers.setdefault(mark, []).append(number)
    return [_Records(mark[0], [records[number] for number in found], found) for mark, found in numbers.items()]


def _alike(
    group: _Records, layout: Layout, places: Sequence[int], shapes: Sequence[BodyShape]
) -> Iterator[EventGroup[Event]]:
    """The events at ``places`` of the group, whose bodies have these ``shapes``."""
    width = len(layout.places)
    bodies = [group.bodies[at] for at in places]
    texts = _canonical(b",".join(chain.from_iterable(map(layout.identifiers, bodies))) + b",", width * len(bodies))
    identifiers, hashes = zip(*[iter(texts)] * width, strict=True), body_hashes(group.topic, bodies)
    members: dict[BodyShape, list[tuple[Any, ...]]] = {}
    for shape, at, own, body_hash in zip(shapes, places, identifiers, hashes, strict=True):
        row = (own, body_hash, group.keys[at], group.event_ids[at], group.records[at], group.numbers[at])
        members.setdefault(shape, []).append(row)
    for shape, found in members.items():
        rows, body_hashes_of, keys, event_ids, records, numbers = zip(*found, strict=True)
        if ",".join(map(itemgetter(shape.key_place), rows)).encode() != b",".join(keys):
            raise UnusualError
        yield EventGroup(
            shape.event,
            group.attributes,
            event_ids=event_ids,
            body_hashes=body_hashes_of,
            records=records,
            numbers=numbers,
            names=shape.names,
            rows=rows,
        )


def _canonical(written: bytes, count: int) -> list[str]:
    """The texts of ``count`` identifiers, each 36 characters and a comma. Raises UnusualError unless all are spelled
    as `str(uuid)` spells them.
    """
    hyphens = b"-" * count
    sound = all(written[place::_WRITTEN] == hyphens for place in _HYPHENS) and written[36::_WRITTEN] == b"," * count
    if not sound or written.translate(None, b"0123456789abcdef") != b"----," * count:
        raise UnusualError
    return written[:-1].decode().split(",")
