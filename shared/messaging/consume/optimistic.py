"""Applies a batch in one go in the hope that every event is good and new, which is nearly always true.

Asking PostgreSQL to look out for rows that are there already costs as much as writing them. So the first attempt writes
without looking and is given up as a whole when it meets one; `BatchProcessor` then looks at each event.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from shared.contracts.base import Event
from shared.messaging.columnar.event_groups import Events, Part
from shared.messaging.consume import inbox, parking
from shared.messaging.envelope import Received
from shared.messaging.outbox import Outbox, UnitOfWork


async def apply_at_once(
    outbox: Outbox,
    handlers: Mapping[type[Event], Callable[[UnitOfWork, Sequence[Received[Any]]], Awaitable[None]]],
    parts: Sequence[Part[Event]],
) -> bool:
    """Apply the events of ``parts``; False, and nothing has happened, if one of their keys waits behind a parked event.

    Raises whatever a handler or the database raises, and asyncpg's UniqueViolationError for a repeat; nothing has
    happened then, either.
    """
    async with outbox.unit_of_work() as work:
        work.hopes = True
        pairs = ((record.topic, (record.key or b"").decode()) for part in parts for record in part.records)
        if await parking.blocked_keys(work, pairs):
            return False
        await inbox.enter_new(work, parts)
        by_type: dict[type[Event], list[Part[Event]]] = {}
        for part in parts:
            by_type.setdefault(part.head.origin.event_type, []).append(part)
        for event_type, alike in by_type.items():
            await handlers[event_type](work, Events(alike))
    return True
