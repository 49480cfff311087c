"""Where a path is measured: a service on a database of its own behind the counting proxy, on the session's stack."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.stack import Stack
from shared.contracts.base import Event
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.processor import BatchProcessor
from shared.service.declaration import AnyService
from tests.gate.cost import EVENTS, Meter
from tests.gate.statements import counting_proxy
from tests.service_world import ServiceWorld, service_world

_WARM_UP_EVENTS = 10


@dataclass(frozen=True, slots=True)
class Place:
    """The stack, and a folder for keys and files."""

    stack: Stack
    folder: Path

    @contextlib.asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """A fresh database; gives its address."""
        databases = self.stack.databases
        if databases is None:
            raise RuntimeError("The gate makes databases of its own and needs the embedded PostgreSQL.")
        name, url = await asyncio.to_thread(databases.create_temporary, "gate")
        try:
            yield url
        finally:
            await asyncio.to_thread(databases.drop, name)

    @contextlib.asynccontextmanager
    async def service(self, service: AnyService, **settings: Any) -> AsyncIterator[tuple[ServiceWorld[Any], Meter]]:
        """``service`` on a fresh database, and what counts its statements."""
        async with (
            self.database() as url,
            counting_proxy(url) as (proxied, statements),
            service_world(service, proxied, **settings) as world,
        ):
            yield world, Meter(statements)


async def feed(meter: Meter, path: str, world: ServiceWorld[Any], *events: Event) -> None:
    """Apply ``events`` in batches as large as a worker takes them; the first few warm up, uncounted.

    The gate gives `PEOPLE` of them, so that `EVENTS` are counted. All come from one partition, so they go through one
    lane and every count is the same each time.
    """
    records = [world.record(event) for event in events]
    settings = world.context.settings
    processor = BatchProcessor(
        world.outbox,
        Intake(world.service.catalogue, world.clock),
        world.service.handlers_for(world.context),
        lanes=settings.consumer_lanes,
    )
    await processor.process(records[:_WARM_UP_EVENTS])
    with meter.measured(path):
        for start in range(_WARM_UP_EVENTS, len(records), settings.consumer_batch_size):
            outcome = await processor.process(records[start : start + settings.consumer_batch_size])
            assert (outcome.applied, outcome.parked) == (len(records[start : start + settings.consumer_batch_size]), 0)


PEOPLE = EVENTS + _WARM_UP_EVENTS
