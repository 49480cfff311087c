"""The service on a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.enrolment.app import SERVICE
from tests.service_world import ServiceWorld, key_files, service_world


@pytest.fixture
def exchange_folder(tmp_path: Path) -> Path:
    return tmp_path / "exchange"


@pytest.fixture
async def world(database_url: str, tmp_path: Path, exchange_folder: Path) -> AsyncIterator[ServiceWorld[Any]]:
    settings: dict[str, Any] = dict(
        key_files(tmp_path / "keys", "encryption_keys_path", "index_keys_path", "contact_keys_path")
    )
    async with service_world(SERVICE, database_url, exchange_folder=exchange_folder, **settings) as made:
        yield made
