"""Compliance on a real database, and the three files as offices send them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.compliance.app import SERVICE
from tests.compliance.office import Office
from tests.conftest import MakeDatabase, MakeMigrated
from tests.service_world import key_files, service_world


@pytest.fixture
def make_database(migrated_database: MakeMigrated) -> MakeDatabase:
    """Makes fresh databases with compliance's schema."""
    return lambda: migrated_database(SERVICE.migrations)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """An office at work on 10 November 2026."""
    keys: dict[str, Any] = dict(
        key_files(tmp_path / "keys", "encryption_keys_path", "index_keys_path", "contact_keys_path")
    )
    async with service_world(SERVICE, database_url, **keys) as world, world.api() as client:
        yield Office(world, client, keys["contact_keys_path"])
