"""Events that differ in their identifiers only, kept as columns: what a month says of thousands of workers.

A handler gets a sequence of `Received` as ever. One that counts microseconds asks for `alike` and reads what the events
share once; the others never notice, since an event is only made when somebody looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Generic, TypeVar, overload
from uuid import UUID

from shared.contracts.base import Event
from shared.ids import fast_uuids
from shared.messaging.columnar.header_cache import Head
from shared.messaging.envelope import EventT_co, Received
from shared.messaging.record import RawRecord

EventT = TypeVar("EventT", bound=Event)
_set = object.__setattr__


class Alike(Generic[EventT_co]):
    """One or more events of one topic and moment that are the same but for the identifiers in the fields ``names``.

    ``event`` shows what they share; what is in ``names`` is not to be read from it but with `column`. ``rows`` has
    each event's own identifiers as text.
    """

    __slots__ = ("event", "event_ids", "names", "occurred_at", "rows")

    def __init__(
        self,
        event: EventT_co,
        names: Sequence[str],
        rows: Sequence[tuple[str, ...]],
        occurred_at: datetime,
        event_ids: Sequence[UUID],
    ) -> None:
        self.event = event
        self.names = names
        self.rows = rows
        self.occurred_at = occurred_at
        self.event_ids = event_ids

    def __len__(self) -> int:
        return len(self.event_ids)

    def column(self, name: str) -> Sequence[Any]:
        """The field ``name`` of each of the events, in order."""
        if name not in self.names:
            return [getattr(self.event, name)] * len(self.event_ids)
        return fast_uuids(map(itemgetter(self.names.index(name)), self.rows))


class Part(Alike[EventT_co]):
    """Such events of one batch with the records that they were read from and the records' numbers in the batch."""

    __slots__ = ("body_hashes", "head", "numbers", "records")

    def __init__(
        self,
        event: EventT_co,
        names: Sequence[str],
        rows: Sequence[tuple[str, ...]],
        *,
        head: Head,
        event_ids: Sequence[UUID],
        body_hashes: Sequence[int],
        records: Sequence[RawRecord],
        numbers: Sequence[int],
    ) -> None:
        super().__init__(event, names, rows, head.occurred_at, event_ids)
        self.head = head
        self.body_hashes = body_hashes
        self.records = records
        self.numbers = numbers

    def received(self) -> Iterator[Received[EventT_co]]:
        """Each of the events as an ordinary handler gets it, in order."""
        source, occurred_at, traceparent = self.head.origin.source, self.head.occurred_at, self.head.traceparent
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


class Events(Sequence[Received[EventT]]):
    """The events of one type in a batch, in order of delivery, made one by one when somebody looks at them."""

    def __init__(self, parts: Sequence[Part[EventT]]) -> None:
        self.parts = parts
        self._received: list[Received[EventT]] | None = None

    def __len__(self) -> int:
        return sum(map(len, self.parts))

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
            numbered = [pair for part in self.parts for pair in zip(part.numbers, part.received(), strict=True)]
            numbered.sort(key=_number)
            self._received = [received for _, received in numbered]
        return self._received


def alike(events: Sequence[Received[EventT]]) -> Sequence[Alike[EventT]]:
    """``events`` as groups that share all but identifiers, in no order between groups: for handlers that need none."""
    if isinstance(events, Events):
        return events.parts
    return [Alike(each.event, (), [()], each.occurred_at, [each.event_id]) for each in events]


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


def _number(pair: tuple[int, Any]) -> int:
    return pair[0]
