"""People who are written to before their contact is known, and some whose contact never comes or is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from shared.contracts.events.worker_contact import WorkerContact
from tests.notification.conftest import Town, enrolled, lapsing, late, registered

_LONG = timedelta(days=40)


async def further(town: Town, people: Sequence[UUID]) -> None:
    """Half get their contact after they were written to, and half are given up."""
    half = len(people) // 2
    await town.world.feed(*(enrolled(one) for one in people))
    await town.world.feed(*(enrolled(one) for one in people))  # said again, by other events
    await town.world.feed(*(registered(one, origin="desk") for one in people))
    await town.world.feed(*(lapsing(one) for one in people))
    await town.world.feed(*(late(one) for one in people))
    await town.deliver()
    await town.world.feed(*(town.contact(one) for one in people[:half]))
    await town.deliver()
    town.world.clock.advance(_LONG)
    await town.world.run_job("give-up-waiting")
    await town.world.feed(*(town.world.tombstone(WorkerContact, str(one)) for one in people[:half]))
