"""One key, one effect: a repeat gets the stored answer, another request with the same key a conflict."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from shared.database import Database
from shared.http import TokenVerifier
from tests.shared.http import demo
from tests.shared.http.conftest import client_of

Bearer = Callable[..., dict[str, str]]
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
