"""One key, one effect, whatever runs at once, fails or is killed: on a real database and real servers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from shared.database import Database
from shared.http import HttpLimits, RateLimits, TokenVerifier
from tests.shared.http import demo
from tests.shared.http.conftest import client_of, served

Bearer = Callable[..., dict[str, str]]
NIK = "6472010101900001"
BODY = {"area_code": "6472", "note": "Pasar Pagi"}


async def visits(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.fetch_value("SELECT count(*) FROM visit"))


async def test_fifty_at_once_have_one_effect(database_url: str, verifier: TokenVerifier, bearer: Bearer) -> None:
    """Two servers with pools of their own, so that the database decides and not a lock of one process."""
    databases = [Database(database_url), Database(database_url)]
    await demo.prepare(databases[0])

    async def dawdle(_: str) -> None:
        await asyncio.sleep(0.2)

    async with AsyncExitStack() as stack:
        bases = [
            await stack.enter_async_context(served(demo.build(database, verifier, hook=dawdle)))
            for database in databases
        ]
        client = await stack.enter_async_context(httpx.AsyncClient(limits=httpx.Limits(max_connections=60), timeout=30))
        headers = bearer("enumerator-samarinda")
        answers = await asyncio.gather(
            *(client.post(f"{bases[i % 2]}/visits", json=BODY, headers=headers) for i in range(50))
        )
        assert await visits(databases[0]) == 1
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    for database in databases:
        await database.close()


async def test_when_the_first_fails_the_second_does_it(
    database_url: str, verifier: TokenVerifier, bearer: Bearer
) -> None:
    databases = [Database(database_url), Database(database_url)]
    await demo.prepare(databases[0])
    begun, may_fail = asyncio.Event(), asyncio.Event()

    async def fail_when_told(_: str) -> None:
        begun.set()
        await may_fail.wait()
        raise RuntimeError(f"A fault that names {NIK}.")

    headers = bearer("enumerator-samarinda")
    async with (
        client_of(demo.build(databases[0], verifier, hook=fail_when_told)) as broken,
        client_of(demo.build(databases[1], verifier)) as sound,
    ):
        first = asyncio.create_task(broken.post("/visits", json=BODY, headers=headers))
        await begun.wait()
        second = asyncio.create_task(sound.post("/visits", json=BODY, headers=headers))
        await wait_for_blocked_insert(databases[1])
        may_fail.set()
        failed, done = await asyncio.gather(first, second)
        again = await sound.post("/visits", json=BODY, headers=headers)
    assert failed.status_code == 500
    assert NIK not in failed.text
    assert done.status_code == 201
    assert "Idempotency-Replayed" not in done.headers
    assert again.content == done.content
    assert await visits(databases[0]) == 1
    for database in databases:
        await database.close()


async def wait_for_blocked_insert(database: Database) -> None:
    """Wait until a request really stands in the database's queue for the key."""

    async def blocked() -> bool:
        async with database.transaction() as tx:
            waiting: Any = await tx.fetch_value(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE wait_event_type = 'Lock' AND query LIKE '%idempotency_key%' AND datname = current_database()"
            )
            return int(waiting) > 0

    await demo.wait_until(blocked)


async def test_when_the_first_process_is_killed_the_second_does_it(
    database: Database, shared_database_url: str, verifier: TokenVerifier, bearer: Bearer
) -> None:
    headers = bearer("enumerator-samarinda")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.shared.http.demo_server", shared_database_url, "enumerator-samarinda"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        port = int(await asyncio.wait_for(process.stdout.readline(), 60))
        async with (
            httpx.AsyncClient(timeout=30) as remote,
            client_of(demo.build(database, verifier)) as client,
        ):
            first = asyncio.create_task(remote.post(f"http://127.0.0.1:{port}/visits", json=BODY, headers=headers))
            await _wait_for_unfinished_visit(database)
            second = asyncio.create_task(client.post("/visits", json=BODY, headers=headers))
            await wait_for_blocked_insert(database)
            process.kill()
            with pytest.raises(httpx.HTTPError):
                await first
            done = await second
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    assert done.status_code == 201
    assert "Idempotency-Replayed" not in done.headers
    assert await visits(database) == 1


async def _wait_for_unfinished_visit(database: Database) -> None:
    """Wait until the other process is inside its transaction, with the visit written and not committed."""

    async def unfinished() -> bool:
        async with database.transaction() as tx:
            idle: Any = await tx.fetch_value(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' "
                "AND query LIKE 'INSERT INTO visit%' AND datname = current_database()"
            )
            return int(idle) > 0

    await demo.wait_until(unfinished)


async def test_a_command_that_runs_too_long_is_told_from_a_failure(
    database_url: str, verifier: TokenVerifier, bearer: Bearer
) -> None:
    """In the same process by the gate, in another one by the database's lock_timeout."""
    databases = [Database(database_url), Database(database_url, lock_timeout_ms=200)]
    await demo.prepare(databases[0])
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def pause(_: str) -> None:
        begun.set()
        await go_on.wait()

    generous = RateLimits("1000/minute", "1000/minute")
    limits = HttpLimits(command_wait_s=0.2, rates=generous)
    headers = bearer("enumerator-samarinda")
    async with (
        client_of(demo.build(databases[0], verifier, hook=pause, limits=limits)) as client,
        client_of(demo.build(databases[1], verifier, limits=limits)) as elsewhere,
    ):
        first = asyncio.create_task(client.post("/visits", json=BODY, headers=headers))
        await begun.wait()
        impatient = await client.post("/visits", json=BODY, headers=headers)
        distant = await elsewhere.post("/visits", json=BODY, headers=headers)
        go_on.set()
        assert (await first).status_code == 201
        patient = await client.post("/visits", json=BODY, headers=headers)
    for refused in (impatient, distant):
        assert refused.status_code == 409
        assert refused.json()["type"].endswith("command-in-progress")
        assert refused.headers["Retry-After"] == "5"
    assert patient.headers["Idempotency-Replayed"] == "true"
    assert await visits(databases[0]) == 1
    for database in databases:
        await database.close()


async def test_equal_requests_do_not_take_all_connections(
    database_url: str, verifier: TokenVerifier, bearer: Bearer
) -> None:
    """While one slow command is repeated thirty times, another person's command gets through a pool of two."""
    database = Database(database_url, pool_size=2, max_overflow=0, connect_timeout_s=3)
    await demo.prepare(database)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def pause(note: str) -> None:
        if note == BODY["note"]:
            begun.set()
            await go_on.wait()

    async with client_of(demo.build(database, verifier, hook=pause)) as client:
        headers = bearer("enumerator-samarinda")
        slow = [asyncio.create_task(client.post("/visits", json=BODY, headers=headers)) for _ in range(30)]
        await begun.wait()
        other = await client.post("/visits", json={**BODY, "note": "Lain"}, headers=bearer("everything"))
        go_on.set()
        answers = await asyncio.gather(*slow)
    assert other.status_code == 201
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    await database.close()


async def test_a_lost_race_with_another_transaction_is_tried_again(
    database: Database, verifier: TokenVerifier, bearer: Bearer
) -> None:
    """Two commands take two locks in opposite order: PostgreSQL ends one of them, and both succeed in the end."""
    begun: list[str] = []
    both_hold_one = asyncio.Barrier(2)

    async def cross(note: str) -> None:
        begun.append(note)
        async with database.transaction() as tx:
            await tx.run("SELECT pg_advisory_xact_lock($1)", 1 if note == "satu" else 2)
            if begun.count(note) == 1:
                await both_hold_one.wait()
            await tx.run("SELECT pg_advisory_xact_lock($1)", 2 if note == "satu" else 1)

    async with client_of(demo.build(database, verifier, hook=cross)) as client:
        bodies = [{**BODY, "note": note} for note in ("satu", "dua")]
        answers = await asyncio.gather(
            *(client.post("/visits", json=body, headers=bearer("everything")) for body in bodies)
        )
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len(begun) == 3  # one of them had to begin again
    assert await visits(database) == 2
