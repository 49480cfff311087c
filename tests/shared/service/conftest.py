"""The demonstration service on a real database and a real broker, in this process and as processes of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local import ports
from deploy.local.issuer import LocalIssuer, LocalUser
from shared.database import Database
from shared.messaging.outbox import Outbox
from shared.telemetry.logging import configure_logging
from tests.conftest import MakeMigrated
from tests.shared.demo_contracts import CATALOGUE, SERVICE_NAME
from tests.shared.service.processes import DemoWorld
from tests.shared.service.serving import served

DEMO_MIGRATIONS = "tests.shared.demo.migrations"


@pytest.fixture(autouse=True)
def _quiet_logs() -> None:
    configure_logging(service="tests", role="tests", level="ERROR", log_format="json")


@pytest.fixture
async def migrated_url(migrated_database: MakeMigrated) -> str:
    """The address of an empty database with the tables of the demonstration service."""
    return await migrated_database(DEMO_MIGRATIONS)


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    """A database with the tables of the demonstration service."""
    opened = Database(migrated_url)
    yield opened
    await opened.close()


@pytest.fixture
def outbox(database: Database) -> Outbox:
    """The demonstration service's way to its database."""
    return Outbox(database, SERVICE_NAME, CATALOGUE)


@pytest.fixture
async def world(tmp_path: Path, database_url: str, kafka_bootstrap: str) -> AsyncIterator[DemoWorld]:
    """A world for processes of the demonstration service; its database has no tables yet."""
    made = DemoWorld(tmp_path, kafka_bootstrap, database_url)
    yield made
    made.close()


@pytest.fixture
async def migrated(tmp_path: Path, migrated_url: str, kafka_bootstrap: str) -> AsyncIterator[DemoWorld]:
    """The same with tables and topics."""
    made = DemoWorld(tmp_path, kafka_bootstrap, migrated_url)
    await made.create_topics()
    yield made
    made.close()


@pytest.fixture
async def issuer(tmp_path: Path) -> AsyncIterator[LocalIssuer]:
    """An identity provider that knows one enumerator."""
    port = ports.choose()
    made = LocalIssuer(
        folder=tmp_path / "issuer",
        issuer_url=f"http://127.0.0.1:{port}",
        audience="payung",
        users=[LocalUser("enumerator-samarinda", ("enumerator",), ("6472",))],
        environment="test",
    )
    async with served(made.app(), port):
        yield made
