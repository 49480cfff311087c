"""Where the benchmark runs: on a stack that is up already or on its own, in databases and topics that go afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contestant import BenchError
from benchmarks.world import World
from deploy.local.broker import EXTERNAL, BrokerKind
from deploy.local.home import Home
from deploy.local.postgres import Databases
from deploy.local.stack import Say, Stack, database_variable, destroy, local_stack
from deploy.local.supervisor import attach, status
from shared.contracts.catalogue import RUNNING_SERVICES


@contextlib.contextmanager
def borrowed_or_own_stack(home: Path, say: Say) -> Iterator[Stack]:
    """The stack that runs in ``home`` if its database is ours to use, else a new one that is gone afterwards."""
    state = status(home)
    if state is not None and state.has_own_postgres:
        yield attach(Home(home))
        return
    say(f"Nothing runs in {home}; starting a stack for this measurement only.")
    path = Path(tempfile.mkdtemp(prefix="payung-bench-"))
    try:
        with local_stack(path, say=say) as stack:
            yield stack
        destroy(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def own_stack(say: Say, *, keep: bool = False) -> Iterator[Stack]:
    """A broker and databases for this measurement alone, gone afterwards unless ``keep``."""
    path = Path(tempfile.mkdtemp(prefix="payung-bench-"))
    # Nothing of the environment: what is measured is on this machine alone.
    elsewhere = dict.fromkeys((EXTERNAL, *map(database_variable, RUNNING_SERVICES)), "")
    try:
        with local_stack(path, RUNNING_SERVICES, env=dict(os.environ) | elsewhere, say=say) as stack:
            if stack.broker_kind != "kafka":
                raise BenchError("This is measured with Apache Kafka; `payung doctor` says how to get it.")
            yield stack
    finally:
        if keep:
            say(f"Left behind: {path}")
        else:
            destroy(path)


@dataclass(frozen=True, slots=True)
class Arena:
    """A broker and a database server."""

    bootstrap: str
    broker_kind: BrokerKind
    databases: Databases

    @classmethod
    def of(cls, stack: Stack) -> Arena:
        """The arena on a stack. Raises BenchError if its databases run elsewhere."""
        if stack.databases is None:
            raise BenchError("The benchmark makes databases of its own and needs the embedded PostgreSQL: `payung up`.")
        return cls(stack.kafka_bootstrap, stack.broker_kind, stack.databases)

    @contextlib.asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """A fresh database; gives its address. It is dropped with the block."""
        name, url = await asyncio.to_thread(self.databases.create_temporary, "bench")
        try:
            yield url
        finally:
            await asyncio.to_thread(self.databases.drop, name)

    @contextlib.asynccontextmanager
    async def world(self) -> AsyncIterator[World]:
        """A world with fresh topics. They are deleted with the block; Kafka forgets their groups by itself."""
        world = World()
        await world.create_topics(self.bootstrap)
        try:
            yield world
        finally:
            await world.delete_topics(self.bootstrap)
