"""So much and no more: sizes of bodies, patience with senders, requests in a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from limits.aio.storage import MemoryStorage

from shared.clock import ManualClock, SystemClock
from shared.database import Database
from shared.http import HttpLimits, RateLimits, TokenVerifier
from shared.http.rate_limit import BoundedMemoryStorage
from tests.shared.http import demo
from tests.shared.http.conftest import client_of, served

Bearer = Callable[..., dict[str, str]]
MANY = RateLimits("10000/minute", "10000/minute")
BODY = {"area_code": "6472", "note": "Pasar Pagi"}


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
