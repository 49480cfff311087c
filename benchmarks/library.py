"""The library faststream-outbox, relaying its table to Kafka as its README shows, with eight workers.

Source: github.com/modern-python/faststream-outbox, README "Quickstart: outbox relay to Kafka" and docs/usage/relay.md.
It needs no order per key and promises none: records have no key, as on those pages. In its favour: log lines are off.
It is a development dependency; where it is missing, the benchmark says so.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import importlib.util
import time
from collections.abc import Sequence
from typing import Any

from faststream.kafka import KafkaBroker
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from benchmarks.assignment import Assignment
from benchmarks.plain_kit import create_all
from shared.database.database import sqlalchemy_url

QUEUE = "moved"
WORKERS = 8
TABLE = "library_outbox"
ROWS_PER_INSERT = 500


def is_installed() -> bool:
    """Whether this environment has the library."""
    return importlib.util.find_spec("faststream_outbox") is not None


def describe() -> str:
    """Its name, version and workers."""
    version = importlib.metadata.version("faststream-outbox") if is_installed() else ""
    return f"faststream-outbox {version}: {WORKERS} workers".replace(" :", ":")


def _open(engine: AsyncEngine) -> tuple[Any, MetaData]:
    package = importlib.import_module("faststream_outbox")
    metadata = MetaData()
    table = package.make_outbox_table(metadata, table_name=TABLE)
    return package.OutboxBroker(engine, outbox_table=table, logger=None), metadata


async def create_library_table(url: str) -> None:
    """The library's table in the database at ``url``."""
    _, metadata = _open(create_async_engine(sqlalchemy_url(url)))
    await create_all(url, metadata)


async def fill(url: str, bodies: Sequence[Any]) -> float:
    """Write ``bodies`` through the library, visible in one commit. Gives the moment just before the commit."""
    engine = create_async_engine(sqlalchemy_url(url))
    broker, _ = _open(engine)
    async with engine.connect() as connection, connection.begin():
        for start in range(0, len(bodies), ROWS_PER_INSERT):
            await broker.publish_batch(*bodies[start : start + ROWS_PER_INSERT], queue=QUEUE, session=connection)
        before_commit_s = time.monotonic()
    await engine.dispose()
    return before_commit_s


class RelayWork:
    """The quickstart's app."""

    def __init__(self, assignment: Assignment) -> None:
        self._topic = assignment.world.moved.TOPIC
        self._kafka = KafkaBroker(assignment.bootstrap, acks="all", compression_type="lz4", logger=None)
        self._engine = create_async_engine(sqlalchemy_url(assignment.url))
        self.done = 0
        self.is_ready = False

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until ``stop`` is set."""
        outbox, _ = _open(self._engine)
        publisher = self._kafka.publisher(self._topic)

        @publisher
        @outbox.subscriber(QUEUE, max_workers=WORKERS)  # type: ignore[untyped-decorator]
        async def relay(body: dict) -> dict:  # type: ignore[type-arg] # as its page writes it
            self.done += 1
            return body

        await self._kafka.connect()
        await outbox.start()
        self.is_ready = True
        await stop.wait()
        await outbox.stop()
        await self._kafka.stop()
        await self._engine.dispose()
