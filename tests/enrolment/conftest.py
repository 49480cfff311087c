"""The service on a database of its own, copied from one that is migrated once per session."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.stack import Stack
from services.enrolment.app import SERVICE
from shared.http import create_app
from shared.service.migrations import Migrations
from tests.service_world import ServiceWorld, key_files, service_world


@pytest.fixture(scope="session")
def migrated(stack: Stack) -> Iterator[str]:
    """The address of a migrated database that nobody uses: the template of all others."""
    databases = stack.databases
    if databases is None:
        pytest.fail("The tests make their own databases and need the embedded PostgreSQL.")
    name, url = databases.create_temporary("test")
    asyncio.run(Migrations(SERVICE.migrations).upgrade(url))
    yield url
    databases.drop(name)


@pytest.fixture
def copied_url(stack: Stack, migrated: str) -> Iterator[str]:
    """A copy of the migrated database, for one test."""
    assert stack.databases is not None
    server, _, template = migrated.rpartition("/")
    name = f"test_{secrets.token_hex(8)}"
    psql: Callable[[str], str] = stack.databases._run
    psql(f'CREATE DATABASE "{name}" OWNER "{template}" TEMPLATE "{template}"')
    yield f"{server}/{name}"
    psql(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def exchange_folder(tmp_path: Path) -> Path:
    return tmp_path / "exchange"


@pytest.fixture
async def world(
    copied_url: str, tmp_path: Path, exchange_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ServiceWorld[Any]]:
    """The service; its HTTP application is made once per test, because that costs more than most requests."""
    apps: list[Any] = []

    def create_once(**parts: Any) -> Any:
        if not apps:
            apps.append(create_app(**parts))
        return apps[0]

    monkeypatch.setattr("tests.service_world.create_app", create_once)
    settings: dict[str, Any] = dict(
        key_files(tmp_path / "keys", "encryption_keys_path", "index_keys_path", "contact_keys_path")
    )
    async with service_world(SERVICE, copied_url, exchange_folder=exchange_folder, **settings) as made:
        yield made
