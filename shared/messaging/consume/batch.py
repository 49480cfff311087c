"""The records of a batch on their way through: events in groups, and records to be parked with their reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from shared.contracts.base import Event
from shared.messaging.columnar.event_groups import EventGroup
from shared.messaging.reasons import ParkReason
from shared.messaging.record import RawRecord

TopicKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Parkable:
    """A record that is to be parked. ``number`` is its place in the batch, ``key`` its key as PostgreSQL stores it."""

    record: RawRecord
    number: int
    key: str | None
    event_id: UUID | None
    reason: ParkReason

    @property
    def topic_key(self) -> TopicKey | None:
        """The unit of order, or None for a record without a key, which nothing can follow."""
        return None if self.key is None else (self.record.topic, self.key)


class Place(NamedTuple):
    """One event of a batch: its group, and which of the group it is."""

    group: EventGroup[Event]
    place: int

    @property
    def topic_key(self) -> TopicKey:
        """The unit of order."""
        record = self.group.records[self.place]
        return record.topic, (record.key or b"").decode()

    @property
    def number(self) -> int:
        """Its record's place in the batch."""
        return self.group.numbers[self.place]

    @property
    def event_id(self) -> UUID:
        """The event's identifier."""
        return self.group.event_ids[self.place]

    def parkable(self, reason: ParkReason) -> Parkable:
        """The event as a record to be parked for ``reason``."""
        return Parkable(self.group.records[self.place], self.number, self.topic_key[1], self.event_id, reason)


@dataclass(slots=True)
class Batch:
    """``groups`` are events to be applied, ``parkables`` have a reason why they cannot be."""

    groups: list[EventGroup[Event]] = field(default_factory=list)
    parkables: list[Parkable] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(map(len, self.groups)) + len(self.parkables)

    def places(self) -> Iterator[Place]:
        """Every event, group by group."""
        return (Place(group, place) for group in self.groups for place in range(len(group)))

    def set_aside(self, reasons: Mapping[int, ParkReason]) -> None:
        """Have the events with these numbers parked, each for its reason."""
        refused = [place for place in self.places() if place.number in reasons]
        self.parkables += [place.parkable(reasons[place.number]) for place in refused]
        self.groups = [rest for group in self.groups if len(rest := _without(group, reasons.keys()))]

    def halves(self) -> tuple[Batch, Batch]:
        """The first and the second half of the records, in order of delivery."""
        numbers = [number for group in self.groups for number in group.numbers]
        numbers += [parkable.number for parkable in self.parkables]
        second = set(sorted(numbers)[len(numbers) // 2 :])
        first = set(numbers) - second
        return self._without(second), self._without(first)

    def _without(self, numbers: Set[int]) -> Batch:
        groups = [rest for group in self.groups if len(rest := _without(group, numbers))]
        return Batch(groups, [parkable for parkable in self.parkables if parkable.number not in numbers])


def _without(group: EventGroup[Event], numbers: Set[int]) -> EventGroup[Event]:
    return group.only([place for place, number in enumerate(group.numbers) if number not in numbers])
