"""The local identity provider: real tokens, private keys, loopback only, never in production."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from deploy.local.issuer import (
    KEYS_FILE,
    IssuerRefusedError,
    KeyRing,
    LocalIssuer,
    LocalUser,
    issuer_server,
    read_users,
)
from shared.access.areas import AreaScope
from shared.access.roles import Role
from shared.clock import SystemClock
from shared.http import TokenSettings, token_verifier
from shared.ids import RandomIds
from tests.shared.http import demo
from tests.shared.http.conftest import started

USER = LocalUser("somebody", ("verifier",), ("6472",))


def make(folder: Path, url: str = "http://127.0.0.1:8099", environment: str = "test") -> LocalIssuer:
    return LocalIssuer(folder=folder, issuer_url=url, audience="payung", users=[USER], environment=environment)


async def test_over_the_network_from_discovery_to_principal(tmp_path: Path, free_port: int) -> None:
    """Exactly as a service will use it: a server on loopback, a token by HTTP, keys by discovery, a rotation."""
    url = f"http://127.0.0.1:{free_port}"
    server = issuer_server(make(tmp_path, url))
    serving = asyncio.create_task(server.serve())
    await demo.wait_until(lambda: started(server))
    policy = TokenSettings(url, "payung").keys
    fast = type(policy)(min_interval_s=0.0)
    try:
        async with (
            httpx.AsyncClient(base_url=url) as client,
            token_verifier(TokenSettings(url, "payung", keys=fast), clock=SystemClock()) as verifier,
        ):
            form = {"grant_type": "client_credentials", "client_id": "somebody"}
            before = (await client.post("/token", data=form)).json()
            principal = await verifier.verify(before["access_token"])
            assert (await client.post("/rotate")).status_code == 200
            after = (await client.post("/token", data=form)).json()
            assert (await verifier.verify(after["access_token"])).subject == "somebody"
            assert (await verifier.verify(before["access_token"])).subject == "somebody"
    finally:
        server.should_exit = True
        await serving
    assert before["token_type"] == "Bearer"
    assert before["expires_in"] == 3600
    assert principal.roles == {Role.VERIFIER}
    assert principal.areas == AreaScope.of("6472")


def asgi_client(app: ASGIApp, base_url: str = "http://127.0.0.1:8099") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url)


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "client_credentials", "client_id": "stranger"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"grant_type": "password", "client_id": "somebody"}, 400, "unsupported_grant_type"),
        ({"client_id": "x" * 20_000}, 413, "invalid_request"),
    ],
)
async def test_only_users_of_the_table_get_tokens(
    tmp_path: Path, form: dict[str, str], status: int, error: str
) -> None:
    async with asgi_client(make(tmp_path).app()) as client:
        answer = await client.post("/token", data=form)
    assert answer.status_code == status
    assert answer.json() == {"error": error}


async def test_a_name_rebound_to_this_machine_gets_nothing(tmp_path: Path) -> None:
    async with asgi_client(make(tmp_path).app(), "http://attacker.example") as client:
        answer = await client.post("/token", data={"grant_type": "client_credentials", "client_id": "somebody"})
    assert answer.status_code == 400
    assert "access_token" not in answer.text


async def test_private_parts_never_leave(tmp_path: Path) -> None:
    async with asgi_client(make(tmp_path).app()) as client:
        keys = (await client.get("/jwks.json")).json()["keys"]
    assert keys
    assert all("d" not in key for key in keys)


def test_keys_are_private_kept_and_rotated(tmp_path: Path) -> None:
    folder = tmp_path / "issuer"
    first = KeyRing(folder, RandomIds())
    file = folder / KEYS_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert KeyRing(folder, RandomIds()).signing_key.kid == first.signing_key.kid
    ids = [first.rotate() for _ in range(4)]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = [key["kid"] for key in json.loads(file.read_text())["keys"]]
    assert kept == ids[:0:-1]
    file.chmod(0o640)
    with pytest.raises(IssuerRefusedError, match="chmod 600"):
        KeyRing(folder, RandomIds())


@pytest.mark.parametrize("environment", ["production", "staging", "", "LOCAL", "prod"])
def test_it_refuses_to_run_anywhere_but_on_a_laptop(tmp_path: Path, environment: str) -> None:
    with pytest.raises(IssuerRefusedError, match="without a password"):
        make(tmp_path, environment=environment)
    assert not (tmp_path / KEYS_FILE).exists()


@pytest.mark.parametrize(
    "url", ["http://0.0.0.0:1", "http://10.0.0.1:1", "https://sso.example:443", "nonsense", "http://[::]:1"]
)
def test_it_listens_on_loopback_only(tmp_path: Path, url: str) -> None:
    with pytest.raises(IssuerRefusedError, match="loopback"):
        make(tmp_path, url)


def test_its_address_needs_a_port(tmp_path: Path) -> None:
    with pytest.raises(IssuerRefusedError, match="port"):
        issuer_server(make(tmp_path, "http://127.0.0.1"))


def test_users_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    file.write_text('[{"subject": "a", "roles": ["auditor"], "areas": ["64"]}, {"subject": "b"}]')
    assert read_users(file) == [LocalUser("a", ("auditor",), ("64",)), LocalUser("b")]
