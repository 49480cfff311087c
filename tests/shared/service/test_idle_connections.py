"""A pooled connection is asked whether it lives after a rest, not before every transaction; a dead one is replaced."""

from __future__ import annotations

import asyncpg
import pytest

from shared.database import Database, idle
from tests.gate.statements import counting_proxy

PING = "(ping)"


async def test_only_who_has_rested_is_pinged(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with counting_proxy(database_url) as (url, counted):
        database = Database(url)
        for _ in range(5):
            async with database.transaction() as tx:
                await tx.fetch_value("SELECT 5")
        assert counted["SELECT 5"] == 5
        assert counted[PING] == 0
        monkeypatch.setattr(idle, "PING_AFTER_S", 0.0)
        async with database.transaction() as tx:
            await tx.fetch_value("SELECT 5")
        assert counted[PING] == 1
        await database.close()


async def test_connections_that_died_while_they_rested_are_replaced(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(database_url, pool_size=3)
    async with database.transaction() as first, database.transaction() as second:
        pids = {await tx.fetch_value("SELECT pg_backend_pid()") for tx in (first, second)}
    assert len(pids) == 2
    killer = await asyncpg.connect(database_url)
    for pid in pids:
        assert await killer.fetchval("SELECT pg_terminate_backend($1)", pid)
    await killer.close()
    monkeypatch.setattr(idle, "PING_AFTER_S", 0.0)
    async with database.transaction() as first, database.transaction() as second:
        alive = {await tx.fetch_value("SELECT pg_backend_pid()") for tx in (first, second)}
    assert len(alive) == 2
    assert not alive & pids
    await database.close()
