"""A service is away during a month and comes back: the end is the same. PAYUNG_FAULTS=long: each for a minute."""

from __future__ import annotations

import asyncio
import os

import pytest

from deploy.local import supervisor
from shared.contracts.catalogue import RUNNING_SERVICES
from tests.pipeline.conftest import Platform
from tests.pipeline.looking import SETTLE_S, broken_rows, look
from tests.pipeline.month import small_month

IS_LONG = os.environ.get("PAYUNG_FAULTS") == "long"
AWAY_S = 60.0 if IS_LONG else 4.0
BEGINS_AFTER_S = 1.5
# Short: one month in which each service is away in turn. Long: a month for each, away for a minute.
TURNS: list[tuple[str, ...]] = [(service,) for service in RUNNING_SERVICES] if IS_LONG else [RUNNING_SERVICES]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("turn", TURNS, ids=" ".join)
async def test_services_are_away_for_a_while(platform: Platform, turn: tuple[str, ...]) -> None:
    specs = platform.processes.specs()

    async with small_month(platform, 201 + TURNS.index(turn)) as month:
        working = asyncio.create_task(month.finish())
        await asyncio.sleep(BEGINS_AFTER_S)
        for service in turn:
            left = [spec for spec in specs if spec.name != service]
            await asyncio.to_thread(supervisor.hold, platform.home, left)
            try:
                await asyncio.sleep(AWAY_S)
            finally:
                await asyncio.to_thread(supervisor.hold, platform.home, specs, timeout_s=120.0)
        now = await working
        people = now.enrolment["enrolled"] - month.before.enrolment["enrolled"]
        assert people > 70
        assert now.subsidy["contributions"]["paid"] - month.before.subsidy["contributions"]["paid"] == people
        assert now.messages - month.before.messages == 2 * people
        assert broken_rows(look(platform.database_urls, SETTLE_S)) == set()
