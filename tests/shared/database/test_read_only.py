"""Sessions on a database that takes no writes: known before anything is done, replaced so that the next one writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.database import Database, FailureKind, classify_failure, read_only
from shared.database.database import WriteInReadingError
from shared.database.failures import is_read_only
from shared.database.read_only import DatabaseReadOnlyError
from shared.health import Status
from shared.messaging.outbox import Outbox
from shared.service.probes import DatabaseProbe
from tests.shared.database.read_only_server import set_read_only
from tests.shared.demo_contracts import CATALOGUE, SERVICE_NAME


@pytest.fixture
async def read_only_url(database_url: str) -> str:
    """A database with one table, which takes no writes."""
    session = await asyncpg.connect(database_url)
    await session.execute("CREATE TABLE note (said text)")
    await session.close()
    await set_read_only(database_url, "on")
    return database_url


@pytest.fixture
async def database(read_only_url: str) -> AsyncIterator[Database]:
    """Opened while the database is read-only."""
    opened = Database(read_only_url, pool_size=2, max_overflow=0)
    yield opened
    await opened.close()


async def _write(database: Database) -> None:
    async with Outbox(database, SERVICE_NAME, CATALOGUE).unit_of_work() as work:
        await work.run("INSERT INTO note VALUES ('written')")


async def _reading_session(database: Database) -> int:
    async with database.reading() as tx:
        return int(await tx.fetch_value("SELECT pg_backend_pid()"))


async def test_a_unit_of_work_is_refused_before_it_begins(database: Database) -> None:
    entered = False
    with pytest.raises(DatabaseReadOnlyError) as refused:
        async with Outbox(database, SERVICE_NAME, CATALOGUE).unit_of_work():
            entered = True
    assert not entered, "what a handler does outside the database is not done in vain, again and again"
    assert classify_failure(refused.value) is FailureKind.TRANSIENT


async def test_the_first_write_after_the_end_succeeds_though_every_pooled_session_still_refuses(
    database: Database, read_only_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_only, "RENEWED_AFTER_S", 0.2)
    async with database.reading() as one, database.reading() as two:
        for tx in (one, two):
            assert await tx.fetch_value("SHOW transaction_read_only") == "on"
    await asyncio.sleep(0.25)
    await set_read_only(read_only_url, "off")
    for _ in range(4):
        await _write(database)


async def test_reads_go_on_and_open_no_session_each(database: Database) -> None:
    sessions = {await _reading_session(database) for _ in range(50)}
    assert len(sessions) <= 2


async def test_a_session_that_the_server_refused_is_not_used_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a pooler that does not pass the server's reports on, the refusal itself has to do."""
    monkeypatch.setattr(read_only, "refuses_writes", lambda _session: False)
    before = await _reading_session(database)
    for statement in ("raw", "sqlalchemy"):
        with pytest.raises((asyncpg.PostgresError, DBAPIError)) as refused:
            async with database.transaction() as tx:
                if statement == "raw":
                    await tx.run("INSERT INTO note VALUES ('x')")
                else:
                    await tx.execute(text("INSERT INTO note VALUES ('x')"))
        assert is_read_only(refused.value)
        after = await _reading_session(database)
        assert after != before
        before = after


async def test_a_program_that_writes_where_it_only_reads_is_a_fault_that_stays(
    database: Database, read_only_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_only, "RENEWED_AFTER_S", 0.1)
    await set_read_only(read_only_url, "off")
    for opening in (database.reading, database.snapshot):
        with pytest.raises(WriteInReadingError) as fault:
            async with opening() as tx:
                await tx.run("INSERT INTO note VALUES ('x')")
        assert classify_failure(fault.value) is FailureKind.PERMANENT
    await _write(database)


async def test_the_probe_says_that_the_database_is_read_only_and_when_that_is_over(
    database: Database, read_only_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_only, "RENEWED_AFTER_S", 0.1)
    probe = DatabaseProbe(database)
    measured = await probe.measure()
    assert measured.status is Status.FAILED
    assert "The database is read-only: default_transaction_read_only is on" in measured.advice
    await set_read_only(read_only_url, "off")
    await asyncio.sleep(0.15)
    assert (await probe.measure()).status is Status.OK


async def test_the_probe_says_in_words_why_the_server_refuses(database_url: str) -> None:
    wrong = Database(database_url.replace("/test_", "/gone_"))
    measured = await DatabaseProbe(wrong).measure()
    await wrong.close()
    assert measured.status is Status.FAILED
    assert "3D000" in measured.advice or "28" in measured.advice
