"""Subsidy on a real database: a world with an exchange folder, and what its people and BPJS do in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.local.stack import Stack
from services.subsidy.app import SERVICE
from shared.telemetry.logging import configure_logging
from tests.service_world import service_world
from tests.subsidy.play import Play


@pytest.fixture(autouse=True)
def _quiet_logs() -> None:
    configure_logging(service="tests", role="tests", level="ERROR", log_format="json")


@pytest.fixture
async def play(database_url: str, tmp_path: Path) -> AsyncIterator[Play]:
    """A migrated, empty subsidy with an exchange folder."""
    folder = tmp_path / "exchange"
    async with (
        service_world(SERVICE, database_url, exchange_folder=folder, answer_patience_s=3600) as world,
        world.api() as api,
    ):
        yield Play(world, api, folder, tmp_path / "verify")


__all__ = ["Iterator", "Stack"]
