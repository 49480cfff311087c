"""What every app does with every request: headers, numbers, and problems in the place of failures."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from uuid import UUID, uuid4

import httpx
import pytest
import structlog
from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy import text

from shared.database import Database
from shared.http import Reading, ServedRequest, TokenVerifier, public
from tests.shared.http import demo
from tests.shared.http.conftest import client_of, served

Bearer = Callable[..., dict[str, str]]
NIK = "6472010101900001"
NAME = "Siti Aminah"
BODY = {"area_code": "6472", "note": "Pasar Pagi"}


def faulty_router() -> APIRouter:
    """Routes that go wrong in every way that a handler can."""
    router = APIRouter(dependencies=[Depends(public("For tests."))])

    @router.get("/bug")
    async def bug() -> None:
        raise RuntimeError(f"{NAME} with {NIK} is not in the dictionary")

    @router.get("/framework")
    async def framework() -> None:
        raise HTTPException(418, detail=f"{NAME} {NIK}")

    @router.get("/conflict")
    async def conflict(tx: Reading) -> None:
        await tx.execute(text(f"SELECT CAST('{NAME} {NIK}' AS integer)"))

    @router.get("/missing-table")
    async def missing_table(tx: Reading) -> None:
        await tx.fetch("SELECT * FROM not_migrated_yet")

    @router.get("/wrong-answer")
    async def wrong_answer() -> int:
        return NAME  # type: ignore[return-value]

    @router.get("/broken-stream")
    async def broken_stream() -> AsyncIterator[str]:
        yield "begin"
        raise RuntimeError(NIK)

    return router


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/bug", 500, "internal"),
        ("/framework", 400, "not-accepted"),
        ("/conflict", 500, "internal"),
        ("/missing-table", 503, "temporarily-unavailable"),
        ("/wrong-answer", 500, "internal"),
        ("/nowhere", 404, "not-found"),
        ("/hello/", 404, "not-found"),
    ],
)
async def test_failures_are_problems_without_internals(
    database: Database, verifier: TokenVerifier, path: str, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with client_of(demo.build(database, verifier, extra=[faulty_router()])) as client:
        with structlog.testing.capture_logs() as logs:
            answer = await client.get(path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"urn:payung:problem:{code}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["title_en"]
    assert problem["detail"].endswith(".")
    assert problem["detail_en"].endswith(".")
    assert problem["instance"] == f"urn:uuid:{answer.headers['X-Request-Id']}"
    assert ("Retry-After" in answer.headers) == (status == 503)
    everything = answer.text + json.dumps(logs) + caplog.text
    for secret in (NIK, NAME, "Traceback", "RuntimeError: ", "not_migrated_yet"):
        assert secret not in everything
    if status >= 500:
        assert [entry["event"] for entry in logs] == ["http_request_failed"]
        assert logs[0]["route"] == path
        assert logs[0]["request_id"] == answer.headers["X-Request-Id"]


async def test_a_database_that_is_away_is_answered_with_503(
    unused_database: Database, verifier: TokenVerifier, bearer: Bearer
) -> None:
    async with client_of(demo.build(unused_database, verifier)) as client:
        for answer in (
            await client.get("/visits", headers=bearer("auditor")),
            await client.post("/visits", json=BODY, headers=bearer("enumerator-samarinda")),
        ):
            assert answer.status_code == 503
            assert answer.json()["type"].endswith("temporarily-unavailable")
            assert int(answer.headers["Retry-After"]) > 0


async def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(
    unused_database: Database, verifier: TokenVerifier, caplog: pytest.LogCaptureFixture
) -> None:
    app = demo.build(unused_database, verifier, extra=[faulty_router()])
    async with served(app) as base, httpx.AsyncClient() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"{base}/broken-stream")
    assert NIK not in caplog.text


async def test_a_wrong_method_says_which_are_right(unused_database: Database, verifier: TokenVerifier) -> None:
    async with client_of(demo.build(unused_database, verifier)) as client:
        answer = await client.delete("/hello")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET"
    assert answer.json()["type"].endswith("method-not-allowed")


async def test_every_answer_carries_the_security_headers(
    unused_database: Database, verifier: TokenVerifier, bearer: Bearer
) -> None:
    app = demo.build(unused_database, verifier, extra=[faulty_router()])
    async with served(app) as base, httpx.AsyncClient(base_url=base) as client:
        answers = [
            await client.get("/hello"),
            await client.get("/nowhere"),
            await client.get("/bug"),
            await client.get("/visits"),
            await client.get("/docs"),
            await client.post("/visits", json={}, headers=bearer("enumerator-samarinda")),
            await client.post("/visits", content=b"x" * 2_000_000, headers=bearer("enumerator-samarinda")),
        ]
    for answer in answers:
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert UUID(headers["X-Request-Id"])
        assert "Server" not in headers
        assert "Strict-Transport-Security" not in headers


async def test_hsts_only_behind_tls(unused_database: Database, verifier: TokenVerifier) -> None:
    async with client_of(demo.build(unused_database, verifier, tls=True)) as client:
        assert "max-age=63072000" in (await client.get("/hello")).headers["Strict-Transport-Security"]


async def test_a_request_number_is_taken_over_only_if_it_is_a_uuid(
    unused_database: Database, verifier: TokenVerifier
) -> None:
    own = str(uuid4())
    async with client_of(demo.build(unused_database, verifier)) as client:
        assert (await client.get("/hello", headers={"X-Request-Id": own})).headers["X-Request-Id"] == own
        for other in (NIK, f"{own} {NAME}", "", "../../x"):
            taken = (await client.get("/hello", headers={"X-Request-Id": other})).headers["X-Request-Id"]
            assert UUID(taken)
            assert taken != other


async def test_the_observer_sees_templates_and_no_paths(
    database: Database, verifier: TokenVerifier, bearer: Bearer
) -> None:
    seen: list[ServedRequest] = []
    async with client_of(demo.build(database, verifier, observer=seen.append)) as client:
        await client.get(f"/visits/{uuid4()}", headers=bearer("auditor"))
        await client.get(f"/visits?name={NIK}", headers=bearer("auditor"))
        await client.get(f"/{NIK}")
        await client.get("/visits")
    assert [(request.template, request.status) for request in seen] == [
        ("/visits/{visit_id}", 404),
        ("/visits", 422),
        ("unrouted", 404),
        ("/visits", 401),
    ]
    assert all(request.duration_s > 0 for request in seen)
