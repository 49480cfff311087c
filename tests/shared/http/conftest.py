"""People with tokens, a verifier that trusts their issuer, and the demonstration app on a real database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from deploy.local.issuer import LocalIssuer, LocalUser
from shared.clock import SystemClock
from shared.database import Database
from shared.http import TokenSettings, TokenVerifier, uvicorn_config
from tests.shared.http import demo

ISSUER_URL = "http://127.0.0.1:8099"
AUDIENCE = "payung"
USERS = (
    LocalUser("enumerator-samarinda", ("enumerator",), ("6472",)),
    LocalUser("enumerator-berau", ("enumerator",), ("6403",)),
    LocalUser("enumerator-nowhere", ("enumerator",), ()),
    LocalUser("verifier-samarinda", ("verifier",), ("6472",)),
    LocalUser("approver-province", ("approver",), ("64",)),
    LocalUser("maker-and-approver", ("enumerator", "approver"), ("64",)),
    LocalUser("auditor", ("auditor", "somebody-elses-role"), ("64",)),
    LocalUser("everything", ("enumerator", "verifier", "approver", "auditor"), ("64",)),
    LocalUser("everywhere", ("enumerator", "verifier", "approver", "auditor"), tuple(map(str, range(11, 100)))),
)


def headers_for(token: str, key: str | None = None) -> dict[str, str]:
    """The headers of a command: the token and a new (or the given) Idempotency-Key."""
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": key or str(uuid4())}


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> LocalIssuer:
    """The local identity provider, on the machine's clock."""
    folder: Path = tmp_path_factory.mktemp("issuer")
    return LocalIssuer(folder=folder, issuer_url=ISSUER_URL, audience=AUDIENCE, users=USERS, environment="test")


@pytest.fixture
async def verifier(issuer: LocalIssuer) -> AsyncIterator[TokenVerifier]:
    """Verifies the local provider's tokens, talking to it over ASGI."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(issuer.app())) as http:
        yield TokenVerifier(TokenSettings(ISSUER_URL, AUDIENCE), clock=SystemClock(), http=http)


@pytest.fixture
def bearer(issuer: LocalIssuer) -> Callable[..., dict[str, str]]:
    """Headers for a user of the table: ``bearer("auditor")``, ``bearer("auditor", key="...")``."""

    def make(subject: str, key: str | None = None) -> dict[str, str]:
        return headers_for(issuer.token_for(subject), key)

    return make


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A real database with the demonstration's tables."""
    opened = Database(database_url)
    await demo.prepare(opened)
    yield opened
    await opened.close()


@pytest.fixture
async def unused_database() -> AsyncIterator[Database]:
    """For apps whose tested routes never ask the database; nothing listens at its address."""
    opened = Database("postgresql://nobody:nothing@127.0.0.1:1/none", connect_timeout_s=0.5)
    yield opened
    await opened.close()


@contextlib.asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that calls ``app`` in this process; what the app raises is an answer, as behind a server."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as client:
        yield client


async def started(server: uvicorn.Server) -> bool:
    """Whether the server listens."""
    return server.started


@contextlib.asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """``app`` behind a real uvicorn on a free loopback port, configured as in production; gives its address."""
    server = uvicorn.Server(uvicorn_config(app, host="127.0.0.1", port=0))
    task = asyncio.create_task(server.serve())
    try:
        await demo.wait_until(lambda: started(server))
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
