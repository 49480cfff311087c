"""People with tokens, a verifier that trusts their issuer, and the demonstration app on a real database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from deploy.local.issuer import LocalIssuer
from deploy.local.stack import Stack
from shared.clock import ManualClock, SystemClock
from shared.database import Database
from shared.http import TokenSettings, TokenVerifier, uvicorn_config
from tests.shared.http import demo
from tests.shared.http.people import AUDIENCE, ISSUER_URL, USERS
from tests.shared.http.tokens import Provider


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


@pytest.fixture(scope="session")
def shared_database_url(stack: Stack) -> Iterator[str]:
    """One database for the tests that only need empty tables: making one takes longer than most of them."""
    assert stack.databases is not None
    name, url = stack.databases.create_temporary("http")
    asyncio.run(_prepare(url))
    yield url
    stack.databases.drop(name)


async def _prepare(url: str) -> None:
    opened = Database(url)
    await demo.prepare(opened)
    await opened.close()


@pytest.fixture
async def database(shared_database_url: str) -> AsyncIterator[Database]:
    """A real database with the demonstration's tables, empty."""
    opened = Database(shared_database_url)
    async with opened.transaction() as tx:
        await tx.run("TRUNCATE visit, idempotency_key")
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


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves by hand, beginning now."""
    return ManualClock(SystemClock().now())


@pytest.fixture
def own_issuer(tmp_path: Path, clock: ManualClock) -> LocalIssuer:
    """A local provider of this test alone, on the test's clock."""
    return LocalIssuer(
        folder=tmp_path, issuer_url=ISSUER_URL, audience=AUDIENCE, users=USERS, environment="test", clock=clock
    )


@pytest.fixture
def provider(own_issuer: LocalIssuer) -> Provider:
    """`own_issuer` behind a network that the test can break."""
    return Provider(own_issuer)
