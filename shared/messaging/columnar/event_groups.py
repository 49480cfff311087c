"""Events that differ in their identifiers only, kept as columns: what a month says of thousands of workers.

A handler gets an `EventBatch`, a sequence of `Received` as ever. One that counts microseconds takes its ``groups`` and
reads what their events share once; the others never notice, since an event is only made when somebody looks at it. An
event that shares nothing is a group of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Generic, TypeVar, overload
from uuid import UUID

from shared.contracts.base import Event
from shared.ids import fast_uuids
from shared.messaging.envelope import EventT_co, Received
from shared.messaging.headers import Attributes, Origin
from shared.messaging.record import RawRecord

EventT = TypeVar("EventT", bound=Event)
_set = object.__setattr__


class EventGroup(Generic[EventT_co]):
    """One or more events of one topic, moment and trace that are the same but for the identifiers in ``names``.

    ``event`` shows what they share; what is in ``names`` is not to be read from it but with `column`. ``rows`` has
    each event's own identifiers as text. Per event stand its id, the hash of its body, its record and the record's
    number in the batch; ``attributes`` are those of the first. A deletion mark is a group of one whose ``event`` is
    None, on topics whose handlers know them.
    """

    __slots__ = ("attributes", "body_hashes", "event", "event_ids", "names", "numbers", "records", "rows")

    def __init__(
        self,
        event: EventT_co,
        attributes: Attributes,
        *,
        event_ids: Sequence[UUID],
        body_hashes: Sequence[int],
        records: Sequence[RawRecord],
        numbers: Sequence[int],
        names: Sequence[str] = (),
        rows: Sequence[tuple[str, ...]] = ((),),
    ) -> None:
        self.event = event
        self.attributes = attributes
        self.event_ids = event_ids
        self.body_hashes = body_hashes
        self.records = records
        self.numbers = numbers
        self.names = names
        self.rows = rows

    def __len__(self) -> int:
        return len(self.event_ids)

    @property
    def event_type(self) -> type[Event]:
        """Which event it is, also of a deletion mark."""
        return self.attributes.origin.event_type

    @property
    def occurred_at(self) -> datetime:
        """When all of them happened, in UTC."""
        return self.attributes.occurred_at

    def column(self, name: str) -> Sequence[Any]:
        """The field ``name`` of each of the events, in order."""
        if name not in self.names:
            return [getattr(self.event, name)] * len(self.event_ids)
        return fast_uuids(map(itemgetter(self.names.index(name)), self.rows))

    def only(self, places: Sequence[int]) -> EventGroup[EventT_co]:
        """The group of the events at ``places``, which ascend; the group itself where those are all."""
        if len(places) == len(self.event_ids):
            return self
        return EventGroup(
            self.event,
            self.attributes,
            event_ids=[self.event_ids[place] for place in places],
            body_hashes=[self.body_hashes[place] for place in places],
            records=[self.records[place] for place in places],
            numbers=[self.numbers[place] for place in places],
            names=self.names,
            rows=[self.rows[place] for place in places],
        )

    def received(self) -> Iterator[Received[EventT_co]]:
        """Each of the events as an ordinary handler gets it, in order."""
        attributes = self.attributes
        source, occurred_at, traceparent = attributes.origin.source, attributes.occurred_at, attributes.traceparent
        for row, event_id, record in zip(self.rows, self.event_ids, self.records, strict=True):
            yield Received(
                with_identifiers(self.event, self.names, fast_uuids(row)) if row else self.event,
                event_id,
                occurred_at,
                source,
                record.topic,
                (record.key or b"").decode(),
                record.partition,
                record.offset,
                traceparent,
            )


class EventBatch(Sequence[Received[EventT]]):
    """The events of one type in a batch, in order of delivery, made one by one when somebody looks at them.

    ``groups`` has them as groups, in no order between groups: for handlers that need none.
    """

    def __init__(self, groups: Sequence[EventGroup[EventT]]) -> None:
        self.groups = groups
        self._received: list[Received[EventT]] | None = None

    @classmethod
    def of(cls, events: Sequence[Received[EventT]]) -> EventBatch[EventT]:
        """A batch of events that are there already."""
        batch = cls([_group_of(number, received) for number, received in enumerate(events)])
        batch._received = list(events)
        return batch

    def __len__(self) -> int:
        return sum(map(len, self.groups))

    @overload
    def __getitem__(self, index: int) -> Received[EventT]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Received[EventT]]: ...
    def __getitem__(self, index: int | slice) -> Received[EventT] | Sequence[Received[EventT]]:
        return self._all()[index]

    def __iter__(self) -> Iterator[Received[EventT]]:
        return iter(self._all())

    def _all(self) -> list[Received[EventT]]:
        if self._received is None:
            numbered = [pair for group in self.groups for pair in zip(group.numbers, group.received(), strict=True)]
            numbered.sort(key=_number)
            self._received = [received for _, received in numbered]
        return self._received


def by_event_type(groups: Sequence[EventGroup[Event]]) -> dict[type[Event], list[EventGroup[Event]]]:
    """``groups`` sorted by which event they are of."""
    sorted_groups: dict[type[Event], list[EventGroup[Event]]] = {}
    for group in groups:
        sorted_groups.setdefault(group.event_type, []).append(group)
    return sorted_groups


def in_turns(groups: Sequence[EventGroup[Event]]) -> Iterator[tuple[type[Event], list[EventGroup[Event]]]]:
    """``groups`` by event type, in the order in which they are to be handled.

    A type comes once, but for a topic whose event has come in several versions: then each has as many turns as keep
    the order of every key.
    """
    of_topics: dict[str, dict[type[Event], list[EventGroup[Event]]]] = {}
    for event_type, found in by_event_type(groups).items():
        of_topics.setdefault(event_type.TOPIC, {})[event_type] = found
    for of_topic in of_topics.values():
        yield from of_topic.items() if len(of_topic) == 1 else _turns(of_topic)


def _turns(
    groups_of: Mapping[type[Event], Sequence[EventGroup[Event]]],
) -> Iterator[tuple[type[Event], list[EventGroup[Event]]]]:
    """The types take turns, in the order of ``groups_of``; an event comes no earlier than the one before of its key."""
    types = list(groups_of)
    groups = [group for found in groups_of.values() for group in found]
    events = sorted(
        (number, at, place) for at, group in enumerate(groups) for place, number in enumerate(group.numbers)
    )
    latest: dict[bytes | None, int] = {}
    turns: dict[int, dict[int, list[int]]] = {}
    for _, at, place in events:
        group = groups[at]
        key = group.records[place].key
        turn = latest.get(key, 0)
        turn += (types.index(group.event_type) - turn) % len(types)
        latest[key] = turn
        turns.setdefault(turn, {}).setdefault(at, []).append(place)
    for turn in sorted(turns):
        yield types[turn % len(types)], [groups[at].only(places) for at, places in turns[turn].items()]


def with_identifiers(event: EventT, names: Sequence[str], identifiers: Sequence[UUID]) -> EventT:
    """``event`` with other ``identifiers`` in the fields ``names``: pydantic's ``model_construct`` without looking at
    each field again.
    """
    copy = type(event).__new__(type(event))
    values = event.__dict__.copy()  # keeps the order of the fields
    values.update(zip(names, identifiers, strict=True))
    _set(copy, "__dict__", values)
    _set(copy, "__pydantic_fields_set__", event.__pydantic_fields_set__)
    _set(copy, "__pydantic_extra__", None)
    _set(copy, "__pydantic_private__", None)
    return copy


def _group_of(number: int, received: Received[EventT]) -> EventGroup[EventT]:
    origin = Origin(received.source, type(received.event))
    attributes = Attributes(received.event_id, origin, received.occurred_at, received.traceparent)
    return EventGroup(
        received.event, attributes, event_ids=[received.event_id], body_hashes=(), records=(), numbers=[number]
    )


def _number(pair: tuple[int, Any]) -> int:
    return pair[0]
