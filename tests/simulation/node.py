"""One service as it is deployed: its real declaration, handlers, jobs and database, in processes that can die."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final

import asyncpg
from pydantic import TypeAdapter

from shared.contracts.base import Event
from shared.contracts.catalogue import CATALOGUE, SERVICES, Catalogue
from shared.messaging.outbox import Outbox, UnitOfWork
from shared.service import Context
from shared.service.declaration import AnyService, Handlers
from shared.settings import ServiceSettings
from tests.simulation.clocks import SkewedClock
from tests.simulation.engine import SimDatabase
from tests.simulation.ids import SeededIds

AS_PLANNED: Final = Catalogue((dataclasses.replace(spec, planned=False) for spec in CATALOGUE), services=SERVICES)
"""The catalogue as it shall be: the years play what is only planned too, so that handlers that are ready are tried."""


class SimOutbox(Outbox):
    """The real outbox, which also counts the transactions after which something may wait for the relay."""

    has_emitted = False
    commits = 1

    def check_may_write(self, event_type: type[Event]) -> None:
        """Every way to emit an event comes through here."""
        self.has_emitted = True
        super().check_may_write(event_type)

    @contextlib.asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        """The real one."""
        try:
            async with super().unit_of_work() as work:
                yield work
        finally:
            if self.has_emitted:
                self.has_emitted = False
                self.commits += 1


class Machine:
    """What of a service outlives a seed: its database and the settings of its processes."""

    def __init__(self, service: AnyService, url: str, settings: dict[str, Any]) -> None:
        self.service = dataclasses.replace(service, catalogue=AS_PLANNED)
        self.database = SimDatabase(url, service.name)
        self.url = url
        common = {"database_url": url, "kafka_bootstrap": "127.0.0.1:1", **settings}
        self.settings: ServiceSettings = TypeAdapter(service.settings).validate_python(service.settings(**common))
        self.desk: asyncpg.Connection | None = None
        self.relays: list[asyncpg.Connection] = []

    async def open(self) -> None:
        """Connect what looks at the database from outside, and the relays' own sessions."""
        self.desk = await asyncpg.connect(self.url, statement_cache_size=500)
        self.relays = [await asyncpg.connect(self.url) for _ in range(2)]

    async def close(self) -> None:
        """Let go of the database."""
        await self.database.close()
        for connection in (*self.relays, *([self.desk] if self.desk else [])):
            await connection.close()


class Node:
    """A service in one history."""

    def __init__(self, machine: Machine, seed: int, clock: SkewedClock) -> None:
        self.machine = machine
        self.service = machine.service
        self.name = machine.service.name
        self.clock = clock
        ids = SeededIds(seed, self.name, clock)
        self.outbox = SimOutbox(machine.database, self.name, self.service.catalogue, clock, ids)
        self.context: Context[Any] = Context(
            machine.settings, self.service.catalogue, machine.database, self.outbox, clock, ids, AsyncExitStack()
        )
        self.handlers: Handlers = self.service.handlers_for(self.context)

    @property
    def topics(self) -> list[str]:
        """The topics that it reads."""
        return sorted({event_type.TOPIC for event_type in self.handlers})

    async def rows(self, question: str, *arguments: Any) -> Sequence[Any]:
        """What somebody sees who looks at its data."""
        assert self.machine.desk is not None
        rows: Sequence[Any] = await self.machine.desk.fetch(question, *arguments)
        return rows
