"""Each event changes state at most once: its id goes into the inbox in the same transaction as its effect.

Eventuate's duplicate detector, set-based, plus a hash of the body: the same id with another body is no repeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from shared.contracts.base import Event
from shared.database.database import Transaction
from shared.invariants import require
from shared.messaging.columnar.event_groups import Part
from shared.messaging.consume.intake import Item

_INSERT = """
INSERT INTO inbox (event_id, body_hash) SELECT * FROM unnest($1::uuid[], $2::bigint[])
ON CONFLICT (event_id) DO NOTHING RETURNING event_id
"""
_HASHES = "SELECT event_id, body_hash FROM inbox WHERE event_id = ANY ($1::uuid[])"


class Sorted:
    """Items that are new, and items that reuse an id for another body. Repeats are in neither."""

    __slots__ = ("conflicting", "fresh", "repeats")

    def __init__(self) -> None:
        self.fresh: list[Item] = []
        self.conflicting: list[Item] = []
        self.repeats = 0


async def enter_new(tx: Transaction, parts: Sequence[Part[Event]]) -> None:
    """Enter the events of ``parts``, at half the cost of `enter`. Raises asyncpg's UniqueViolationError if any of them
    is there already or comes twice; then the transaction is lost.
    """
    rows = [row for part in parts for row in zip(part.event_ids, part.body_hashes, strict=True)]
    await tx.copy_rows("inbox", ("event_id", "body_hash"), rows)


async def enter(tx: Transaction, items: Sequence[Item]) -> Sorted:
    """Enter ``items`` (all with an id, in order) into the inbox and sort them into new, repeated and conflicting."""
    result = Sorted()
    ids = [item.event_id for item in items if item.event_id is not None]
    require(len(ids) == len(items), "Only readable events, which have an id, are entered.")
    first: dict[UUID, Item] = {}
    again: list[tuple[UUID, Item]] = []
    for event_id, item in zip(ids, items, strict=True):
        if first.setdefault(event_id, item) is not item:
            again.append((event_id, item))
    if not first:
        return result
    rows = await tx.fetch(_INSERT, list(first), [item.body_hash for item in first.values()])
    if len(rows) == len(first):
        result.fresh = list(first.values())
        seen: dict[UUID, int] = {}
    else:
        new = {row["event_id"] for row in rows}
        result.fresh = [item for event_id, item in first.items() if event_id in new]
        old = [(event_id, item) for event_id, item in first.items() if event_id not in new]
        seen = {row["event_id"]: row["body_hash"] for row in await tx.fetch(_HASHES, [event_id for event_id, _ in old])}
        again = [*old, *again]
    for event_id, item in again:
        known = seen.get(event_id, first[event_id].body_hash)
        if known == item.body_hash:
            result.repeats += 1
        else:
            result.conflicting.append(item)
    return result
