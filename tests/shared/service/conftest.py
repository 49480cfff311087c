"""The demonstration service on a real database and a real broker, in this process and as processes of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.database import Database
from shared.messaging.outbox import Outbox
from shared.service.migrations import Migrations
from shared.telemetry.logging import configure_logging
from tests.shared.demo_contracts import CATALOGUE, SERVICE_NAME

DEMO_MIGRATIONS = "tests.shared.demo.migrations"


@pytest.fixture(autouse=True)
def _quiet_logs() -> None:
    configure_logging(service="tests", role="tests", level="ERROR", log_format="json")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with the tables of the demonstration service."""
    await Migrations(DEMO_MIGRATIONS).upgrade(database_url)
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def outbox(database: Database) -> Outbox:
    """The demonstration service's way to its database."""
    return Outbox(database, SERVICE_NAME, CATALOGUE)
