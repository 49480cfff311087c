"""What is kept of a command: for how long, how much, and that a copy of the table tells nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag

from shared.clock import SystemClock
from shared.database import Database, Transaction
from shared.http import TokenVerifier, purge_answers
from shared.http.idempotency_table import (
    MAX_ANSWER_BYTES,
    CommandKey,
    create_statements,
    drop_statements,
    store_answer,
    take_key,
)
from tests.shared.http import demo
from tests.shared.http.conftest import client_of

Bearer = Callable[..., dict[str, str]]
NIK = "6472010101900001"


async def test_the_table_tells_nothing_without_the_key(
    database: Database, verifier: TokenVerifier, bearer: Bearer
) -> None:
    key = str(uuid4())
    async with client_of(demo.build(database, verifier)) as client:
        body = {"area_code": "6472", "note": f"Bertemu pemilik {NIK}"}
        await client.post("/visits", json=body, headers=bearer("enumerator-samarinda", key=key))
    async with database.transaction() as tx:
        row = (await tx.fetch("SELECT * FROM idempotency_key"))[0]
    shown = repr(dict(row)).encode() + b"".join(value for value in row.values() if isinstance(value, bytes))
    for hidden in (NIK, key, "enumerator-samarinda", "Bertemu"):
        assert hidden.encode() not in shown
    right = CommandKey("enumerator-samarinda", "POST /visits", key.encode())
    assert NIK.encode() in right.unseal(row["sealed_answer"])
    wrong = CommandKey("enumerator-samarinda", "POST /visits", str(uuid4()).encode())
    with pytest.raises(InvalidTag):
        wrong.unseal(row["sealed_answer"])


async def test_answers_are_kept_seven_days_and_then_purged(database: Database) -> None:
    now = SystemClock().now()
    old = CommandKey("a", "POST /x", b"an-old-key-of-16")
    young = CommandKey("a", "POST /x", b"a-young-key-of-16")
    async with database.transaction() as tx:
        for key, age in ((old, timedelta(days=7, seconds=1)), (young, timedelta(days=6, hours=23))):
            assert await take_key(tx, key, b"h" * 32, now - age) is None
            await store_answer(tx, key, 200, b"{}\n")
    async with database.transaction() as tx:
        with pytest.raises(ValueError, match="seven days"):
            await purge_answers(tx, now=now, retention=timedelta(days=6))
        assert await purge_answers(tx, now=now) == 1
        assert await purge_answers(tx, now=now) == 0
        assert await take_key(tx, young, b"h" * 32, now) is not None
        assert await take_key(tx, old, b"h" * 32, now) is None


async def test_answers_that_may_not_be_stored_undo_the_effect(database: Database) -> None:
    key = CommandKey("a", "POST /x", b"a-key-of-sixteen")

    async def attempt(tx: Transaction, status: int, answer: bytes) -> None:
        assert await take_key(tx, key, b"h" * 32, SystemClock().now()) is None
        await store_answer(tx, key, status, answer)

    for status, answer in ((500, b"{}"), (503, b"{}"), (200, b"x" * (MAX_ANSWER_BYTES + 1))):
        with pytest.raises(ValueError, match="answer"):
            async with database.transaction() as tx:
                await attempt(tx, status, answer)
    async with database.transaction() as tx:
        assert await tx.fetch_value("SELECT count(*) FROM idempotency_key") == 0
        await attempt(tx, 200, b"x" * MAX_ANSWER_BYTES)


async def test_the_migration_can_be_undone(database_url: str) -> None:
    database = Database(database_url)
    async with database.transaction() as tx:
        for statement in (*create_statements(), *drop_statements(), *create_statements()):
            await tx.run(statement)
        assert await tx.fetch_value("SELECT count(*) FROM idempotency_key") == 0
    await database.close()
