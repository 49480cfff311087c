"""The schema goes up and down; months that were dates become text, with their messages and open batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from deploy.local.stack import Stack
from shared.database import Database
from shared.service.migrations import Migrations
from tests.shared.service.migration_checks import check_up_and_down

PACKAGE = "services.notification.migrations"

_MESSAGES = """
INSERT INTO message (recipient_id, purpose, period, message_id, recipient_kind, region_code, facts, cause_event_id,
    state, reason, version, attempts, created_at, not_before)
SELECT gen_random_uuid(), 'paid', period, gen_random_uuid(), 'worker', '6402', '{"paid_on": "2026-11-16"}',
    gen_random_uuid(), state, CASE state WHEN 'failed' THEN 'erased' END, 0, 0, now(), now()
FROM unnest($1::date[], $2::text[]) n(period, state)
"""
_BATCHES = """
INSERT INTO delivery_batch (batch_id, channel, messages, message_ids, periods, handed_over, opened_at, closed_at)
VALUES (gen_random_uuid(), 'mailbox', 3, ARRAY[gen_random_uuid(), gen_random_uuid(), gen_random_uuid()],
    '{2026-12-01,2026-01-01,2026-11-01}', NULL, now(), NULL),
    (gen_random_uuid(), 'mailbox', 1, NULL, NULL, 1, now(), now())
"""
_ROWS = "SELECT tableoid::regclass::text AS part, to_jsonb(m) - 'period' AS rest, m.period FROM message m ORDER BY 2"
_LISTS = "SELECT periods FROM delivery_batch ORDER BY messages"


@pytest.fixture
async def database_url(stack: Stack) -> AsyncIterator[str]:
    """An empty database: those of the other tests have the schema already."""
    assert stack.databases is not None
    name, url = await asyncio.to_thread(stack.databases.create_temporary, "test")
    yield url
    await asyncio.to_thread(stack.databases.drop, name)


async def test_it_goes_up_and_down(database_url: str) -> None:
    await check_up_and_down(PACKAGE, database_url)


async def test_months_keep_their_messages_and_batches(database_url: str) -> None:
    migrations = Migrations(PACKAGE)
    await migrations.upgrade(database_url, "0004")
    months = [date(2024, 12, 1), date(2026, 1, 1), date(2026, 12, 1), date(2036, 1, 1)]
    await run(database_url, _MESSAGES, months, ["queued", "waiting-contact", "failed", "delivered"])
    await run(database_url, _BATCHES)
    before = await rows(database_url, _ROWS)
    await migrations.upgrade(database_url, "0005")
    after = await rows(database_url, _ROWS)
    assert [row["period"] for row in after] == [f"{row['period']:%Y-%m}" for row in before]
    assert [(row["part"], row["rest"]) for row in after] == [(row["part"], row["rest"]) for row in before]
    assert {row["part"] for row in after} == {"message_2026", "message_other"}
    assert [row["periods"] for row in await rows(database_url, _LISTS)] == [None, ["2026-12", "2026-01", "2026-11"]]
    await migrations.downgrade(database_url, "0004")
    assert await rows(database_url, _ROWS) == before
    lists = [row["periods"] for row in await rows(database_url, _LISTS)]
    assert lists == [None, [date(2026, 12, 1), date(2026, 1, 1), date(2026, 11, 1)]]


async def run(url: str, statement: str, *arguments: Any) -> None:
    """Run one statement."""
    database = Database(url)
    try:
        async with database.transaction() as tx:
            await tx.run(statement, *arguments)
    finally:
        await database.close()


async def rows(url: str, question: str) -> list[Any]:
    """The answer to a question."""
    database = Database(url)
    try:
        async with database.transaction() as tx:
            return list(await tx.fetch(question))
    finally:
        await database.close()
