"""Connections that never finish a request's head do not shut others out for long."""

from __future__ import annotations

import asyncio

import httpx
import pytest
import uvicorn

from shared.database import Database
from shared.http import TokenVerifier, serve
from tests.shared.http import demo
from tests.shared.http.conftest import started

SILENT = 5


@pytest.mark.parametrize(
    "sent", [(b"",), (b"GET /hello HT",), (b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /hel")]
)
async def test_who_does_not_finish_the_head_is_hung_up_on(
    unused_database: Database, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch, sent: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(serve, "HEAD_TIMEOUT_S", 0.3, raising=False)
    app = demo.build(unused_database, verifier)
    server = uvicorn.Server(serve.uvicorn_config(app, host="127.0.0.1", port=0, max_concurrent=SILENT + 1))
    running = asyncio.create_task(server.serve())
    await demo.wait_until(lambda: started(server))
    port = server.servers[0].sockets[0].getsockname()[1]
    writers = []
    for _ in range(SILENT):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
    for packet in sent:
        for writer in writers:
            writer.write(packet)
        await asyncio.sleep(0.1)
    async with httpx.AsyncClient() as client:

        async def served() -> bool:
            return (await client.get(f"http://127.0.0.1:{port}/hello")).status_code == 200

        await demo.wait_until(served, timeout_s=3)
    for writer in writers:
        writer.close()
    server.should_exit = True
    await running


async def test_a_slow_answer_and_an_idle_client_are_not_hung_up_on(
    unused_database: Database, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "HEAD_TIMEOUT_S", 0.2, raising=False)
    inner = demo.build(unused_database, verifier)

    async def slow(scope, receive, send):  # type: ignore[no-untyped-def]
        if scope["type"] == "http":
            await asyncio.sleep(0.5)
        await inner(scope, receive, send)

    server = uvicorn.Server(serve.uvicorn_config(slow, host="127.0.0.1", port=0))
    running = asyncio.create_task(server.serve())
    await demo.wait_until(lambda: started(server))
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient() as client:
        for _ in range(2):
            answer = await client.get(f"http://127.0.0.1:{port}/hello")
            assert answer.status_code == 200
            await asyncio.sleep(0.5)
        connections = len(server.server_state.connections)
    server.should_exit = True
    await running
    assert connections == 1, "kept alive between requests"
