"""Each event changes state at most once: its id goes into the inbox in the same transaction as its effect.

Eventuate's duplicate detector, set-based, plus a hash of the body: the same id with another body is no repeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Final
from uuid import UUID

from shared.contracts.base import Event
from shared.messaging.columnar.event_groups import EventGroup
from shared.messaging.outbox import UnitOfWork

_COLUMNS: Final = {"event_id": "uuid", "body_hash": "bigint"}
_HASHES = "SELECT event_id, body_hash FROM inbox WHERE event_id = ANY ($1::uuid[])"


@dataclass(frozen=True, slots=True)
class Entered:
    """Events that are new, how many were repeats, and the numbers of those whose id stands for another body."""

    fresh: Sequence[EventGroup[Event]]
    repeats: int = 0
    conflicting: frozenset[int] = frozenset()


async def enter(uow: UnitOfWork, groups: Sequence[EventGroup[Event]]) -> Entered:
    """Enter the events of ``groups`` into the inbox and sort them into new, repeated and conflicting.

    Raises asyncpg's UniqueViolationError in an optimistic attempt if any of them is there already or comes twice.
    """
    rows = [row for group in groups for row in zip(group.event_ids, group.body_hashes, strict=True)]
    hash_of = dict(rows)
    if len(hash_of) == len(rows) or uow.optimistic:
        new_ids = await uow.insert_new("inbox", _COLUMNS, rows, key="event_id")
        if len(new_ids) == len(rows):
            return Entered(groups)
        earliest: dict[UUID, int] = {}
    else:
        hash_of, earliest = _earliest(groups)
        new_ids = await uow.insert_new("inbox", _COLUMNS, list(hash_of.items()), key="event_id")
    new = set(new_ids)
    old = [event_id for event_id in hash_of if event_id not in new]
    if old:
        hash_of |= {row["event_id"]: row["body_hash"] for row in await uow.fetch(_HASHES, old)}
    return _sorted(groups, new, hash_of, earliest)


def _earliest(groups: Sequence[EventGroup[Event]]) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """Of ids that come more than once in a batch, the delivery that counts: hash of the body and number, by id."""
    hash_of: dict[UUID, int] = {}
    number_of: dict[UUID, int] = {}
    events = (zip(group.numbers, group.event_ids, group.body_hashes, strict=True) for group in groups)
    for number, event_id, body_hash in sorted(chain.from_iterable(events), key=itemgetter(0)):
        if event_id not in number_of:
            number_of[event_id], hash_of[event_id] = number, body_hash
    return hash_of, number_of


def _sorted(
    groups: Sequence[EventGroup[Event]], new: set[UUID], hash_of: dict[UUID, int], earliest: dict[UUID, int]
) -> Entered:
    """New ids are fresh, at their earliest delivery; of the others the hash of the body decides."""
    fresh: list[EventGroup[Event]] = []
    repeats, conflicting = 0, set[int]()
    for group in groups:
        places: list[int] = []
        events = zip(group.event_ids, group.body_hashes, group.numbers, strict=True)
        for place, (event_id, body_hash, number) in enumerate(events):
            if hash_of[event_id] != body_hash:
                conflicting.add(number)
            elif event_id in new and earliest.get(event_id, number) == number:
                places.append(place)
            else:
                repeats += 1
        if places:
            fresh.append(group.only(places))
    return Entered(fresh, repeats, frozenset(conflicting))
