"""Reads a batch by columns: records of one moment that differ in identifiers only, thousands at a time.

It says of each record exactly what `Intake.read` says, or nothing: then the batch is read record by record. What is
compared is the same; only here one call of the interpreter compares a column and not a field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain, compress
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

from shared.contracts.base import Event
from shared.messaging.columnar.body_shapes import Layout, Shape, Shapes
from shared.messaging.columnar.event_groups import Part
from shared.messaging.columnar.header_cache import Head, Heads
from shared.messaging.record import RawRecord, body_hashes

# The headers that the relay writes, without and with a trace.
_HEADERS = (8, 9)
_of_record = attrgetter("topic", "key", "value", "headers")
_time = itemgetter(6)
_HYPHENS = (8, 13, 18, 23)
_WRITTEN = 37  # an identifier and the comma behind it
# So many new bodies are read one by one before the columns are tried again; twice as many the next time.
_FIRST_STEP = 16

# Reads a record alone, which has this number in its batch; None: it is to be parked, or a deletion mark.
Examine = Callable[[RawRecord, int], "Part[Event] | None"]


class UnusualError(Exception):
    """Read this batch record by record."""


class _Group:
    """Records of one topic, moment, trace and length."""

    __slots__ = ("bodies", "event_ids", "head", "keys", "numbers", "records", "topic")

    def __init__(self, topic: str, records: Sequence[RawRecord], numbers: Sequence[int]) -> None:
        self.topic = topic
        self.records = records
        self.numbers = numbers
        self.keys: Sequence[bytes] = [record.key for record in records]  # type: ignore[misc] # checked by `read`
        self.bodies: Sequence[bytes] = [record.value for record in records]  # type: ignore[misc]
        self.head: Head
        self.event_ids: list[UUID]


class BulkReader:
    """Reads batches with what ``heads`` and ``shapes`` have learned; ``examine`` reads what is new and teaches them."""

    def __init__(self, heads: Heads, shapes: Shapes, examine: Examine) -> None:
        self._heads = heads
        self._shapes = shapes
        self._examine = examine

    def read(self, records: Sequence[RawRecord], latest: datetime) -> list[Part[Event]]:
        """All of ``records`` as events that share all but identifiers. Raises UnusualError if one is in doubt."""
        found: list[Part[Event]] = []
        for group in _groups(records):
            found.extend(self._read_group(group, latest))
        return found

    def _read_group(self, group: _Group, latest: datetime) -> Iterator[Part[Event]]:
        heads = self._heads.recognise_all(group.topic, [r.headers for r in group.records], group.keys, latest)
        if heads is None:  # a moment, say, that nobody has seen: the first record shows it
            yield self._examined(group, 0)
            group = _Group(group.topic, group.records[1:], group.numbers[1:])
            if not group.records:
                return
            heads = self._heads.recognise_all(group.topic, [r.headers for r in group.records], group.keys, latest)
            if heads is None:
                raise UnusualError
        group.head, group.event_ids = heads
        left: Sequence[int] = range(len(group.records))
        step = _FIRST_STEP
        while left:
            for layout in self._shapes.layouts(group.head.origin.event_type, len(group.bodies[0])):
                shapes = list(map(layout.shapes.get, map(layout.rest, [group.bodies[at] for at in left])))
                known = [shape for shape in shapes if shape is not None]
                if known:
                    yield from _alike(group, layout, list(compress(left, shapes)), known)
                    left = [at for at, shape in zip(left, shapes, strict=True) if shape is None]
            for at in left[:step]:
                yield self._examined(group, at)
            left, step = left[step:], step * 2

    def _examined(self, group: _Group, at: int) -> Part[Event]:
        found = self._examine(group.records[at], group.numbers[at])
        if found is None:
            raise UnusualError
        return found


def _groups(records: Sequence[RawRecord]) -> list[_Group]:
    topics, keys, bodies, headers = zip(*map(_of_record, records), strict=True)
    lengths = list(map(len, headers))
    if None in keys or None in bodies or not set(lengths).issubset(_HEADERS):
        raise UnusualError
    traces = [found[-1] if len(found) == _HEADERS[1] else None for found in headers]
    marks = list(zip(topics, map(len, bodies), lengths, map(_time, headers), traces, strict=True))
    if marks.count(marks[0]) == len(marks):
        return [_Group(topics[0], records, range(len(records)))]
    numbers: dict[Any, list[int]] = {}
    for number, mark in enumerate(marks):
        numbers.setdefault(mark, []).append(number)
    return [_Group(mark[0], [records[number] for number in found], found) for mark, found in numbers.items()]


def _alike(group: _Group, layout: Layout, places: Sequence[int], shapes: Sequence[Shape]) -> Iterator[Part[Event]]:
    """The events at ``places`` of the group, whose bodies have these ``shapes``."""
    width = len(layout.places)
    bodies = [group.bodies[at] for at in places]
    texts = _canonical(b",".join(chain.from_iterable(map(layout.identifiers, bodies))) + b",", width * len(bodies))
    identifiers, hashes = zip(*[iter(texts)] * width, strict=True), body_hashes(group.topic, bodies)
    members: dict[Shape, list[tuple[Any, ...]]] = {}
    for shape, at, own, body_hash in zip(shapes, places, identifiers, hashes, strict=True):
        row = (own, body_hash, group.keys[at], group.event_ids[at], group.records[at], group.numbers[at])
        members.setdefault(shape, []).append(row)
    for shape, found in members.items():
        rows, body_hashes_of, keys, event_ids, records, numbers = zip(*found, strict=True)
        if ",".join(map(itemgetter(shape.key_place), rows)).encode() != b",".join(keys):
            raise UnusualError
        yield Part(
            shape.event,
            shape.names,
            rows,
            head=group.head,
            event_ids=event_ids,
            body_hashes=body_hashes_of,
            records=records,
            numbers=numbers,
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
