"""The service on a migrated database that was emptied after the test before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.enrolment.app import SERVICE
from shared.http import create_app
from tests.conftest import MakeMigrated
from tests.service_world import ServiceWorld, key_files, service_world


@pytest.fixture
async def migrated_url(migrated_database: MakeMigrated) -> str:
    """An empty database with enrolment's schema, for one test."""
    return await migrated_database(SERVICE.migrations)


@pytest.fixture
def exchange_folder(tmp_path: Path) -> Path:
    return tmp_path / "exchange"


@pytest.fixture
async def world(
    migrated_url: str, tmp_path: Path, exchange_folder: Path, monkeypatch: pytest.MonkeyPatch
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
    async with service_world(SERVICE, migrated_url, exchange_folder=exchange_folder, **settings) as made:
        yield made
