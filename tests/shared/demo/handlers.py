"""What the stamp book does on a command and on events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork
from tests.shared.demo import rules, store
from tests.shared.demo_contracts import StampAdded


async def add_stamps(uow: UnitOfWork, booklet_id: UUID, stamps: int, per_booklet: int) -> rules.Filled:
    """Put stamps into a booklet and say so. Raises TooManyStampsError."""
    before = await store.take_booklet(uow, booklet_id)
    filled = rules.add(before, stamps, per_booklet)
    version = await store.fill_booklet(uow, booklet_id, filled.stamps)
    uow.emit(StampAdded(aggregate_version=version, booklet_id=booklet_id, stamps=stamps))
    return filled


class StampHandlers:
    """The event handlers; ``ink_dries_s`` is how long each batch takes, whatever its size."""

    def __init__(self, ink_dries_s: float = 0.0) -> None:
        self._ink_dries_s = ink_dries_s

    async def on_stamp_added(self, uow: UnitOfWork, events: Sequence[Received[StampAdded]]) -> None:
        """Keep the totals: one statement for the whole batch."""
        sums: dict[UUID, tuple[int, int]] = {}
        for received in events:
            additions, stamps = sums.get(received.event.booklet_id, (0, 0))
            sums[received.event.booklet_id] = (additions + 1, stamps + received.event.stamps)
        await store.add_totals(uow, sums)
        await store.let_ink_dry(uow, self._ink_dries_s)


async def close_day(uow: UnitOfWork, period_key: str) -> None:
    """Write down the day's total; the period is the day."""
    await store.close_day(uow, date.fromisoformat(period_key), uow.moment)
