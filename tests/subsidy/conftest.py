"""Subsidy on a real database: a world with an exchange folder, and what its people and BPJS do in it.

The service, its database and its API are made once; before each test every row and file is removed. So the tests of
this folder share one event loop.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.local.stack import Stack
from services.subsidy.app import SERVICE
from services.subsidy.tables import SubsidyTable
from shared.telemetry.logging import configure_logging
from tests.service_world import NOW, ServiceWorld, service_world
from tests.subsidy.play import Play

KIT_TABLES = ("outbox", "inbox", "parked_event", "idempotency_key", "due_job", "job_item", "audit_entry")
TABLES = [*(table.name for table in reversed(SubsidyTable.metadata.sorted_tables)), *KIT_TABLES]
EMPTY = "; ".join([*(f"DELETE FROM {name}" for name in TABLES), "UPDATE audit_head SET entries = 0, hash = ''"])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.get_closest_marker("asyncio"):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(autouse=True)
def _quiet_logs() -> None:
    configure_logging(service="tests", role="tests", level="CRITICAL", log_format="json")


@pytest.fixture(scope="session")
def subsidy_url(stack: Stack) -> Iterator[str]:
    """A database for the session."""
    assert stack.databases is not None
    name, url = stack.databases.create_temporary("subsidy")
    yield url
    stack.databases.drop(name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def opened(
    subsidy_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[ServiceWorld[Any], httpx.AsyncClient, Path]]:
    """The service and its API, migrated, with the exchange folder."""
    folder = tmp_path_factory.mktemp("exchange")
    async with (
        service_world(SERVICE, subsidy_url, exchange_folder=folder, answer_patience_s=3600) as world,
        world.api() as api,
    ):
        yield world, api, folder


@pytest_asyncio.fixture(loop_scope="session")
async def play(opened: tuple[ServiceWorld[Any], httpx.AsyncClient, Path], tmp_path: Path) -> Play:
    """An empty subsidy with an empty exchange folder, on 10 November 2026."""
    world, api, folder = opened
    await world.break_by_hand(EMPTY)
    world.clock.set(NOW)
    for path in folder.iterdir():
        shutil.rmtree(path)
    return Play(folder, world, api, tmp_path / "verify")
