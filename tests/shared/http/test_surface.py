"""What every app does with every request: headers, limits, problems, and never a word of what was sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
import pytest
import structlog
from fastapi import APIRouter, Depends, HTTPException
from limits.aio.storage import MemoryStorage
from sqlalchemy import text

from shared.clock import ManualClock, SystemClock
from shared.database import Database, Transaction
from shared.http import HttpLimits, RateLimits, ServedRequest, TokenVerifier, public, reading
from shared.http.rate_limit import BoundedMemoryStorage
from tests.shared.http import demo
from tests.shared.http.conftest import client_of, served

Bearer = Callable[..., dict[str, str]]
NIK = "6472010101900001"
NAME = "Siti Aminah"
MANY = RateLimits("10000/minute", "10000/minute")
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
    async def conflict(tx: Annotated[Transaction, Depends(reading)]) -> None:
        await tx.execute(text(f"SELECT CAST('{NAME} {NIK}' AS integer)"))

    @router.get("/missing-table")
    async def missing_table(tx: Annotated[Transaction, Depends(reading)]) -> None:
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


SUBMITTED: list[Any] = [
    {"area_code": NIK, "note": NAME, "persons": NIK},
    {"area_code": [NIK], "note": {NAME: NIK}, "persons": {"NIK": NIK}},
    {NIK: NAME, "area_code": "6472", "note": "x"},
    {NAME: {NIK: [NAME]}},
    {"area_code": "6472", "note": f"{demo.FORBIDDEN_WORD} {NAME}"},
    {"area_code": "6472", "note": NAME * 50, "persons": 64720101},
    {"area_code": "6472", "note": "x", "persons": int(NIK)},
    {"area_code": "6472", "note": "x", "persons": NAME},
    [NIK, NAME],
    NIK,
    int(NIK),
    NAME,
    None,
]


@pytest.mark.parametrize("body", SUBMITTED)
async def test_validation_never_repeats_what_was_sent(
    unused_database: Database, verifier: TokenVerifier, bearer: Bearer, body: Any
) -> None:
    async with client_of(demo.build(unused_database, verifier)) as client:
        answer = await client.post("/visits", json=body, headers=bearer("enumerator-samarinda"))
    assert answer.status_code == 422
    for sent in (NIK, NAME, "Siti", "Aminah", "64720101", demo.FORBIDDEN_WORD):
        assert sent not in answer.text
    for error in answer.json()["errors"]:
        assert error.keys() == {"in", "pointer", "code", "detail", "detail_en"}


async def test_validation_says_where_and_what(database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    body = {"note": "", "persons": 21, NAME: 1}
    async with client_of(demo.build(database, verifier)) as client:
        answer = await client.post("/visits", json=body, headers=bearer("enumerator-samarinda"))
        query = await client.get(f"/visits?limit=1000&cursor={'x' * 2000}", headers=bearer("auditor"))
        path = await client.get(f"/visits/{NIK}", headers=bearer("auditor"))
    found = {(error["pointer"], error["code"]): error for error in answer.json()["errors"]}
    assert found["/area_code", "missing"]["detail"] == "Isian ini wajib diisi."
    assert found["/note", "string_too_short"]["detail_en"] == "At least 1 characters."
    assert found["/persons", "less_than_equal"]["detail"] == "Paling besar 20."
    assert found["/*", "extra_forbidden"]["in"] == "body"
    assert {(e["in"], e["pointer"]) for e in query.json()["errors"]} == {("query", "/limit"), ("query", "/cursor")}
    assert path.json()["errors"][0]["pointer"] == "/visit_id"
    assert NIK not in path.text


async def test_a_misspelt_filter_is_an_error(database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    async with client_of(demo.build(database, verifier)) as client:
        answer = await client.get(f"/visits?areas=6472&{NIK}", headers=bearer("auditor"))
        too_many = await client.get("/visits?" + "area=64&" * 200, headers=bearer("auditor"))
        stranger = await client.get("/visits?areas=6472")
    assert answer.status_code == 422
    assert answer.json()["errors"][0] | {"detail": "", "detail_en": ""} == {
        "in": "query",
        "pointer": "/*",
        "code": "extra_forbidden",
        "detail": "",
        "detail_en": "",
    }
    assert NIK not in answer.text
    assert too_many.status_code == 400
    assert stranger.status_code == 401


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b'{"note": "' + NIK.encode(), "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 200_000, "application/json", 400),
        (b"9" * 5_000, "application/json", 400),
        (b'{"area_code": "\\ud800", "note": "\\udfff"}', "application/json", 422),
        (b"{}", "text/plain", 422),
        (b"", "application/json", 422),
    ],
)
async def test_bodies_that_cannot_be_read(
    unused_database: Database, verifier: TokenVerifier, bearer: Bearer, content: bytes, content_type: str, status: int
) -> None:
    headers = {**bearer("enumerator-samarinda"), "Content-Type": content_type}
    async with client_of(demo.build(unused_database, verifier)) as client:
        answer = await client.post("/visits", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert NIK not in answer.text


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


class TestSizes:
    """Bodies above the limit are refused, whether or not they say their length."""

    @pytest.mark.parametrize("declared", [True, False])
    async def test_too_large_is_413(
        self, unused_database: Database, verifier: TokenVerifier, bearer: Bearer, declared: bool
    ) -> None:
        app = demo.build(unused_database, verifier, limits=HttpLimits(max_body_bytes=1000, rates=MANY))

        async def stream() -> AsyncIterator[bytes]:
            for _ in range(1000):
                yield b" " * 500
                await asyncio.sleep(0)

        content: Any = b" " * 1001 if declared else stream()
        headers = {**bearer("enumerator-samarinda"), "Content-Type": "application/json"}
        async with served(app) as base, httpx.AsyncClient() as client:
            answer = await client.post(f"{base}/visits", content=content, headers=headers)
        assert ("content-length" in answer.request.headers) == declared
        assert answer.status_code == 413
        assert answer.json()["type"].endswith("body-too-large")
        assert answer.json()["limit_bytes"] == 1000

    async def test_a_declared_length_is_refused_before_anything_is_read(
        self, unused_database: Database, verifier: TokenVerifier
    ) -> None:
        sent = 0

        async def stream() -> AsyncIterator[bytes]:
            nonlocal sent
            sent += 1
            yield b" " * 5_000_000

        headers = {"Content-Type": "application/json", "Content-Length": "5000000"}
        async with client_of(demo.build(unused_database, verifier)) as client:
            answer = await client.post("/visits", content=stream(), headers=headers)
        assert answer.status_code == 413
        assert sent == 0

    async def test_exactly_the_limit_passes(
        self, unused_database: Database, verifier: TokenVerifier, bearer: Bearer
    ) -> None:
        app = demo.build(unused_database, verifier, limits=HttpLimits(max_body_bytes=1000, rates=MANY))
        headers = {**bearer("enumerator-samarinda"), "Content-Type": "application/json"}
        async with client_of(app) as client:
            answer = await client.post("/previews", content=json.dumps(BODY).ljust(1000).encode(), headers=headers)
        assert answer.status_code == 200

    async def test_a_route_may_have_its_own_limit(
        self, database: Database, verifier: TokenVerifier, bearer: Bearer
    ) -> None:
        app = demo.build(database, verifier, limits=HttpLimits(max_body_bytes=1000, rates=MANY))
        async with client_of(app) as client:
            larger = await client.post("/uploads", files={"file": b"x" * 100_000}, headers=bearer("everything"))
            too_large = await client.post("/uploads", files={"file": b"x" * 200_000}, headers=bearer("everything"))
        assert larger.json() == {"bytes": 100_000}
        assert too_large.status_code == 413

    async def test_a_sender_that_stalls_is_let_go(
        self, unused_database: Database, verifier: TokenVerifier, bearer: Bearer
    ) -> None:
        app = demo.build(unused_database, verifier, limits=HttpLimits(chunk_timeout_s=0.2, rates=MANY))
        lines = [f"{name}: {value}" for name, value in bearer("enumerator-samarinda").items()]
        async with served(app) as base:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
            head = ["POST /visits HTTP/1.1", "Host: demo", "Content-Type: application/json", "Content-Length: 100"]
            writer.write("\r\n".join([*head, *lines, "", '{"area']).encode())
            answer = await asyncio.wait_for(reader.read(), 5)
            writer.close()
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"body-too-slow" in answer

    async def test_strangers_are_turned_away_before_the_body_is_read(
        self, unused_database: Database, verifier: TokenVerifier
    ) -> None:
        sent = 0

        async def stream() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(10):
                sent += 1
                yield b"[" * 1000

        async with client_of(demo.build(unused_database, verifier)) as client:
            answer = await client.post("/visits", content=stream(), headers={"Content-Type": "application/json"})
        assert answer.status_code == 401
        assert sent == 0


class TestRates:
    """So many requests and no more, and a word on when to come back."""

    async def test_by_address(self, unused_database: Database, verifier: TokenVerifier) -> None:
        clock = ManualClock(SystemClock().now())
        limits = HttpLimits(rates=RateLimits("3/minute", "100/minute"))
        async with client_of(demo.build(unused_database, verifier, clock=clock, limits=limits)) as client:
            statuses = [(await client.get(path)).status_code for path in ("/hello", "/nowhere", "/hello", "/hello")]
            refused = await client.get("/hello")
            clock.advance(timedelta(seconds=int(refused.headers["Retry-After"])))
            later = await client.get("/hello")
        assert statuses == [200, 404, 200, 429]
        assert refused.json()["type"].endswith("too-many-requests")
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert refused.json()["wait_s"] == int(refused.headers["Retry-After"])
        assert later.status_code == 200

    async def test_by_person(self, database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
        limits = HttpLimits(rates=RateLimits("100/minute", "2/minute"))
        async with client_of(demo.build(database, verifier, limits=limits)) as client:
            first = [(await client.get("/visits", headers=bearer("auditor"))).status_code for _ in range(3)]
            other = (await client.get("/visits", headers=bearer("verifier-samarinda"))).status_code
        assert first == [200, 200, 429]
        assert other == 200

    async def test_a_stranger_cannot_use_up_somebody_elses_share(
        self, database: Database, verifier: TokenVerifier, bearer: Bearer
    ) -> None:
        """Persons are counted only once their token is verified."""
        limits = HttpLimits(rates=RateLimits("100/minute", "2/minute"))
        token = bearer("auditor")["Authorization"]
        async with client_of(demo.build(database, verifier, limits=limits)) as client:
            for _ in range(5):
                forged = await client.get("/visits", headers={"Authorization": token[:-4] + "AAAA"})
                assert forged.status_code == 401
            assert (await client.get("/visits", headers=bearer("auditor"))).status_code == 200

    async def test_health_is_not_counted(self, unused_database: Database, verifier: TokenVerifier) -> None:
        health = APIRouter(prefix="/health")

        @health.get("/live")
        async def live() -> dict[str, str]:
            return {"status": "alive"}

        limits = HttpLimits(rates=RateLimits("1/minute", "1/minute"))
        async with client_of(demo.build(unused_database, verifier, limits=limits, health_routes=health)) as client:
            assert {(await client.get("/health/live")).status_code for _ in range(5)} == {200}

    async def test_another_storage_can_be_plugged_in(self, unused_database: Database, verifier: TokenVerifier) -> None:
        limits = HttpLimits(rates=RateLimits("1/hour", "1/hour", storage=MemoryStorage()))
        async with client_of(demo.build(unused_database, verifier, limits=limits)) as client:
            assert [(await client.get("/hello")).status_code for _ in range(2)] == [200, 429]

    async def test_counters_are_bounded(self) -> None:
        storage = BoundedMemoryStorage(SystemClock(), max_counters=100)
        for number in range(1000):
            await storage.incr(str(number), 60)
        assert await storage.get("999") == 1
        assert await storage.get("0") == 0
        assert await storage.reset() == 100
