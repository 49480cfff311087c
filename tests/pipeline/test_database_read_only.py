"""All databases take no writes for a while during a month: the end is the same, and no process has ended meanwhile.

PAYUNG_FAULTS=long: for a minute.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import asyncpg
import pytest

from deploy.local.home import Home
from deploy.local.postgres.databases import Databases
from tests.pipeline.conftest import Platform
from tests.pipeline.looking import SETTLE_S, broken_rows, look
from tests.pipeline.month import small_month

READ_ONLY_S = 60.0 if os.environ.get("PAYUNG_FAULTS") == "long" else 6.0
BEGINS_AFTER_S = 1.5


async def _on_the_server(home: Path, statement: str) -> None:
    url = Databases(Home.open(home)).superuser_url
    operator = await asyncpg.connect(url, server_settings={"default_transaction_read_only": "off"})
    try:
        await operator.execute(statement)
        await operator.execute("SELECT pg_reload_conf()")
    finally:
        await operator.close()


def _pids(platform: Platform) -> dict[str, int | None]:
    return {process.name: process.pid for process in platform.processes.state.processes}


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_databases_take_no_writes_for_a_while(platform: Platform) -> None:
    async with small_month(platform, 231) as month:
        before = _pids(platform)
        working = asyncio.create_task(month.finish())
        await asyncio.sleep(BEGINS_AFTER_S)
        await _on_the_server(platform.home, "ALTER SYSTEM SET default_transaction_read_only = on")
        try:
            await asyncio.sleep(READ_ONLY_S)
        finally:
            await _on_the_server(platform.home, "ALTER SYSTEM RESET default_transaction_read_only")
        now = await working
        people = now.enrolment["enrolled"] - month.before.enrolment["enrolled"]
        assert people > 70
        assert now.subsidy["contributions"]["paid"] - month.before.subsidy["contributions"]["paid"] == people
        assert now.messages - month.before.messages == 2 * people
        assert broken_rows(look(platform.database_urls, SETTLE_S)) == set()
        assert _pids(platform) == before
