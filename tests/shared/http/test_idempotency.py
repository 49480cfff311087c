"""One key, one effect: under repetition, concurrency, crashes and rollbacks, on a real database and a real server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.exceptions import InvalidTag

from shared.clock import SystemClock
from shared.database import Database, Transaction
from shared.http import HttpLimits, RateLimits, TokenVerifier, purge_answers
from shared.http.idempotency_table import MAX_ANSWER_BYTES, CommandKey, drop_statements, store_answer, take_key
from tests.shared.http import demo
from tests.shared.http.conftest import client_of, served

Bearer = Callable[..., dict[str, str]]
NIK = "6472010101900001"
BODY = {"area_code": "6472", "note": "Pasar Pagi"}


async def visits(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.fetch_value("SELECT count(*) FROM visit"))


async def test_a_repeat_gets_the_stored_answer(database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    async with client_of(demo.build(database, verifier)) as client:
        headers = bearer("enumerator-samarinda", key="a-key-of-sixteen")
        first = await client.post("/visits", json=BODY, headers=headers)
        again = await client.post("/visits", json=BODY, headers=headers)
        quoted = await client.post("/visits", json=BODY, headers={**headers, "Idempotency-Key": '"a-key-of-sixteen"'})
    assert first.status_code == 201
    assert "Idempotency-Replayed" not in first.headers
    for repeat in (again, quoted):
        assert repeat.status_code == 201
        assert repeat.headers["Idempotency-Replayed"] == "true"
        assert repeat.content == first.content
        assert repeat.headers["Location"] == first.headers["Location"]
        assert repeat.headers["Content-Type"] == first.headers["Content-Type"]
        assert repeat.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert await visits(database) == 1


@pytest.mark.parametrize("change", ["body", "query", "path"])
async def test_another_request_with_the_same_key_conflicts(
    database: Database, verifier: TokenVerifier, bearer: Bearer, change: str
) -> None:
    async with client_of(demo.build(database, verifier)) as client:
        key = str(uuid4())
        maker = bearer("maker-and-approver", key=key)
        first = await client.post("/visits", json=BODY, headers=maker)
        if change == "body":
            other = await client.post("/visits", json={**BODY, "note": "Pasar Sore"}, headers=maker)
        elif change == "query":
            other = await client.post("/visits?channel=office", json=BODY, headers=maker)
        else:
            second = await client.post("/visits", json=BODY, headers=bearer("maker-and-approver"))
            approver = bearer("approver-province", key=key)
            await client.post(f"/visits/{first.json()['id']}/approval", headers=approver)
            other = await client.post(f"/visits/{second.json()['id']}/approval", headers=approver)
    assert other.status_code == 409
    assert other.json()["type"] == "urn:payung:problem:idempotency-key-reused"
    assert other.headers["Content-Type"] == "application/problem+json"
    assert await visits(database) == (2 if change == "path" else 1)


async def test_two_people_and_two_operations_may_use_the_same_key(
    database: Database, verifier: TokenVerifier, bearer: Bearer
) -> None:
    key = str(uuid4())
    async with client_of(demo.build(database, verifier)) as client:
        own = await client.post("/visits", json=BODY, headers=bearer("enumerator-samarinda", key=key))
        other = await client.post("/visits", json=BODY, headers=bearer("everything", key=key))
        upload = await client.post("/uploads", files={"file": b"x"}, headers=bearer("everything", key=key))
    assert [own.status_code, other.status_code, upload.status_code] == [201, 201, 200]
    assert own.json()["id"] != other.json()["id"]
    assert "Idempotency-Replayed" not in other.headers
    assert await visits(database) == 2


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency-key-missing"),
        ("", "idempotency-key-invalid"),
        ("too-short", "idempotency-key-invalid"),
        ("has spaces in between them", "idempotency-key-invalid"),
        ("x" * 201, "idempotency-key-invalid"),
        ("ümlaut-ümlaut-ümlaut", "idempotency-key-invalid"),
    ],
)
async def test_a_write_needs_a_proper_key(
    database: Database, verifier: TokenVerifier, bearer: Bearer, key: str | None, code: str
) -> None:
    headers = [(b"Authorization", bearer("enumerator-samarinda")["Authorization"].encode())]
    if key is not None:
        headers.append((b"Idempotency-Key", key.encode()))
    async with client_of(demo.build(database, verifier)) as client:
        answer = await client.post("/visits", json=BODY, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith(code)
    assert await visits(database) == 0


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
    database: Database, database_url: str, verifier: TokenVerifier, bearer: Bearer
) -> None:
    headers = bearer("enumerator-samarinda")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.shared.http.demo_server", database_url, "enumerator-samarinda"),
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


async def test_a_refusal_is_not_stored(database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    """The visit is not there yet; once it is, the same key goes through."""
    visit_id, headers = uuid4(), bearer("approver-province")
    async with client_of(demo.build(database, verifier)) as client:
        early = await client.post(f"/visits/{visit_id}/approval", headers=headers)
        async with database.transaction() as tx:
            await tx.run("INSERT INTO visit VALUES ($1, '6472', 'n', 'somebody', NULL, now())", visit_id)
        late = await client.post(f"/visits/{visit_id}/approval", headers=headers)
        repeat = await client.post(f"/visits/{visit_id}/approval", headers=headers)
        new_key = await client.post(f"/visits/{visit_id}/approval", headers=bearer("approver-province"))
    assert [early.status_code, late.status_code, repeat.status_code, new_key.status_code] == [404, 204, 204, 409]
    assert repeat.headers["Idempotency-Replayed"] == "true"
    assert new_key.json()["type"].endswith("visit-already-approved")


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


async def test_a_multipart_upload_is_recognised_under_a_new_boundary(
    database: Database, verifier: TokenVerifier, bearer: Bearer
) -> None:
    headers = bearer("verifier-samarinda")
    async with client_of(demo.build(database, verifier)) as client:
        answers = [await client.post("/uploads", files={"file": b"a,b\n" * 9_000}, headers=headers) for _ in range(3)]
        other = await client.post("/uploads", files={"file": b"a,c\n" * 9_000}, headers=headers)
    assert len({answer.request.headers["Content-Type"] for answer in answers}) == 3  # boundaries did differ
    assert [answer.json() for answer in answers] == [{"bytes": 36_000}] * 3
    assert answers[2].headers["Idempotency-Replayed"] == "true"
    assert other.status_code == 409


async def test_a_body_that_nobody_reads_counts_too(database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    visit_id, headers = uuid4(), bearer("approver-province")
    async with database.transaction() as tx:
        await tx.run("INSERT INTO visit VALUES ($1, '6472', 'n', 'somebody', NULL, now())", visit_id)
    async with client_of(demo.build(database, verifier)) as client:
        first = await client.post(f"/visits/{visit_id}/approval", headers=headers, content=b"one")
        other = await client.post(f"/visits/{visit_id}/approval", headers=headers, content=b"two")
    assert [first.status_code, other.status_code] == [204, 409]


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


async def test_the_migration_can_be_undone(database: Database) -> None:
    async with database.transaction() as tx:
        for statement in drop_statements():
            await tx.run(statement)
        assert await tx.fetch_value("SELECT to_regclass('idempotency_key')") is None
