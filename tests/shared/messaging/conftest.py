"""A writer, a reader, their databases and topics, and ways to run and break what is between them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from deploy.local.stack import Stack
from shared.database import Database
from shared.messaging.consume.consumer import Consumer
from shared.messaging.publish.relay import Relay
from shared.telemetry.logging import configure_logging
from tests.migrated import MigratedDatabases
from tests.shared.messaging import history
from tests.shared.messaging.kit import WRITER, World, create_counters, create_tables, move_counters


@dataclass
class Pair:
    """One writer and one reader on real Kafka and PostgreSQL."""

    world: World
    bootstrap: str
    writer_url: str
    reader_url: str
    writer_database: Database
    reader_database: Database
    counters: list[UUID] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, events: int, *, per_transaction: int = 50, writers: int = 4, seed: int = 1) -> None:
        """Move random counters until ``events`` movements are committed."""
        outbox = self.world.writer(self.writer_database)

        async def one(number: int) -> None:
            choice = random.Random(seed * 1000 + number)
            for _ in range(events // per_transaction // writers):
                await move_counters(self.world, outbox, choice.sample(self.counters, per_transaction))

        await asyncio.gather(*(one(number) for number in range(writers)))

    def relay(self) -> Relay:
        """Run a relay in this process until the test ends."""
        relay = Relay(self.writer_database, WRITER, self.world.producer(self.bootstrap))
        self.tasks.append(asyncio.create_task(relay.run(self.stop)))
        return relay

    def worker(self, **settings: Any) -> Consumer:
        """Run a worker in this process until the test ends."""
        consumer = Consumer(
            self.world.processor(self.reader_database),
            [self.world.moved.TOPIC],
            self.world.consumer(self.bootstrap, **settings),
        )
        self.tasks.append(asyncio.create_task(consumer.run(self.stop)))
        return consumer

    def process(
        self, role: str, *options: str, crash: str | None = None, url: str | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a relay or worker as a process; ``crash`` arms a crash point in it."""
        environment = dict(os.environ)
        if crash:
            environment |= {"PAYUNG_TESTING": "1", "PAYUNG_CRASH_POINT": crash}
        address = url or (self.writer_url if role == "relay" else self.reader_url)
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.shared.messaging.process", role),
                *("--suffix", self.world.suffix, "--bootstrap", self.bootstrap, "--url", address),
                *options,
            ],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        self.processes.append(process)
        return process

    async def wait_applied(self, events: int, timeout_s: float = 60.0) -> None:
        """Wait until the reader has made ``events`` effects or more."""
        await self._wait(self.reader_database, "SELECT count(*) FROM applied", lambda n: n >= events, timeout_s)

    async def wait_drained(self, timeout_s: float = 60.0) -> None:
        """Wait until the writer's outbox is empty."""
        await self._wait(self.writer_database, "SELECT count(*) FROM outbox", lambda n: n == 0, timeout_s)

    async def _wait(self, database: Database, query: str, done: Any, timeout_s: float) -> None:
        until = time.monotonic() + timeout_s
        value = None
        while time.monotonic() < until:
            for task in self.tasks:
                if task.done():
                    task.result()
            with contextlib.suppress(Exception):
                async with database.transaction() as tx:
                    value = await tx.fetch_value(query)
                if done(value):
                    return
            await asyncio.sleep(0.05)
        raise TimeoutError(f"After {timeout_s} s: {query} gives {value}.")

    async def effects(self) -> history.Verdict:
        """The verdict on the reader's effects: a repeat there is a double effect."""
        return history.judge(await history.applied(self.reader_database), await history.written(self.writer_database))

    async def log(self) -> history.Verdict:
        """The verdict on the topic."""
        return history.judge(
            await history.read_topic(self.bootstrap, self.world.moved.TOPIC, self.world.partitions),
            await history.written(self.writer_database),
        )

    async def assert_once_in_order(self, events: int) -> None:
        """Every movement has had its effect, exactly once, in order; the reader's outbox has one event for each."""
        verdict = await self.effects()
        assert verdict == history.Verdict(events=events, repeats=0, inversions=0, lost=0, from_nothing=0)
        async with self.reader_database.transaction() as tx:
            assert await tx.fetch_value("SELECT count(*) FROM outbox") == events
            assert await tx.fetch_value("SELECT count(*) FROM inbox") >= events

    async def close(self) -> None:
        """Stop everything that this pair started."""
        self.stop.set()
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for process in self.processes:
            try:
                await asyncio.to_thread(process.wait, 20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        await self.writer_database.close()
        await self.reader_database.close()


async def make_pair(bootstrap: str, writer_url: str, reader_url: str, counters: int = 200) -> Pair:
    """A fresh world and ``counters`` counters; the databases have their tables and nothing in them."""
    world = World()
    await world.create_topics(bootstrap)
    writer, reader = Database(writer_url, pool_size=8), Database(reader_url, pool_size=8)
    pair = Pair(world, bootstrap, writer_url, reader_url, writer, reader)
    pair.counters = await create_counters(writer, counters)
    return pair


@pytest.fixture(autouse=True)
def _logs_as_in_production() -> None:
    configure_logging(service="conformance", role="test", level="WARNING", log_format="json")


async def prepare(_: str, url: str) -> None:
    """Make the tables of this world in an empty database."""
    database = Database(url)
    await create_tables(database)
    await database.close()


@pytest.fixture(scope="session")
def _kit_databases(stack: Stack) -> Iterator[MigratedDatabases]:
    if stack.databases is None:
        pytest.fail("The tests make their own databases and need the embedded PostgreSQL.")
    made = MigratedDatabases(stack.databases, prepare)
    yield made
    made.close()


@pytest.fixture
async def pair(_kit_databases: MigratedDatabases, kafka_bootstrap: str) -> AsyncIterator[Pair]:
    """A writer and a reader with nothing running between them yet."""
    urls = await _kit_databases.take("kit"), await _kit_databases.take("kit")
    made = await make_pair(kafka_bootstrap, *urls)
    try:
        yield made
    finally:
        await made.close()
        for url in urls:
            await _kit_databases.give_back("kit", url)
