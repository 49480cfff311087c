"""Subsidy on a real database: a world with an exchange folder, and what its people and BPJS do in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.local.stack import Stack
from services.subsidy.app import SERVICE
from services.subsidy.tables import SubsidyTable
from shared.database import Database
from shared.service.migrations import Migrations
from shared.telemetry.logging import configure_logging
from tests.service_world import service_world
from tests.subsidy.play import Play

KIT_TABLES = ("outbox", "inbox", "parked_event", "idempotency_key", "due_job", "audit_entry")


@pytest.fixture(autouse=True)
def _quiet_logs() -> None:
    configure_logging(service="tests", role="tests", level="CRITICAL", log_format="json")


@pytest.fixture(scope="session")
def subsidy_url(stack: Stack) -> Iterator[str]:
    """One migrated database for the session: making one takes longer than most tests."""
    assert stack.databases is not None
    name, url = stack.databases.create_temporary("subsidy")
    asyncio.run(Migrations(SERVICE.migrations).upgrade(url))
    yield url
    stack.databases.drop(name)


async def empty(url: str) -> None:
    """Delete every row."""
    database = Database(url)
    async with database.transaction() as tx:
        for table in reversed(SubsidyTable.metadata.sorted_tables):
            await tx.run(f"DELETE FROM {table.name}")
        for name in KIT_TABLES:
            await tx.run(f"DELETE FROM {name}")
        await tx.run("UPDATE audit_head SET entries = 0, hash = ''")
    await database.close()


@pytest.fixture
async def play(subsidy_url: str, tmp_path: Path) -> AsyncIterator[Play]:
    """An empty subsidy with an exchange folder."""
    await empty(subsidy_url)
    folder = tmp_path / "exchange"
    async with (
        service_world(SERVICE, subsidy_url, exchange_folder=folder, answer_patience_s=3600) as world,
        world.api() as api,
    ):
        yield Play(folder, world, api, tmp_path / "verify")
