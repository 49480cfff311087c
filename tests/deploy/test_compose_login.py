"""The token issuer in a container: asked over TLS, under its own name, and nowhere but in a demonstration."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from deploy.docker import login
from deploy.docker.certificate import LOGIN_HOST, new_certificate, trusted_with
from deploy.docker.login import ContainerIssuer
from deploy.local.issuer import IssuerRefusedError, read_users
from deploy.sandbox.programme.people import as_table

URL = f"https://{LOGIN_HOST}:{login.TLS_PORT}"


@pytest.fixture
def in_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that a container's mark is there."""
    mark = tmp_path / ".dockerenv"
    mark.touch()
    monkeypatch.setattr(login, "CONTAINER_MARKS", (mark,))


def make_issuer(folder: Path, url: str = URL, environment: str = "local") -> ContainerIssuer:
    users = folder / "users.json"
    users.write_text(json.dumps(as_table()), encoding="utf-8")
    return ContainerIssuer(
        folder=folder / "state", issuer_url=url, audience="payung", users=read_users(users), environment=environment
    )


def test_outside_a_container_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "CONTAINER_MARKS", (tmp_path / "nowhere",))
    with pytest.raises(IssuerRefusedError, match="container"):
        make_issuer(tmp_path)


@pytest.mark.usefixtures("in_container")
@pytest.mark.parametrize(
    ("url", "environment"),
    [(URL, "production"), (URL, ""), (f"http://{LOGIN_HOST}:8443", "local"), ("https://login.example.org", "local")],
)
def test_in_a_container_it_is_refused_for_real_work_and_other_names(tmp_path: Path, url: str, environment: str) -> None:
    with pytest.raises(IssuerRefusedError):
        make_issuer(tmp_path, url, environment)


@contextlib.asynccontextmanager
async def running(issuer: ContainerIssuer, tls: Path, port: int) -> AsyncIterator[None]:
    server = login._server("login over TLS", issuer, port, tls)
    stop = asyncio.Event()
    serving = asyncio.create_task(server.run(stop))
    try:
        yield
    finally:
        stop.set()
        await serving


@pytest.mark.usefixtures("in_container")
async def test_apis_ask_it_over_tls_and_nobody_rebinds_its_name(tmp_path: Path, free_port: int) -> None:
    tls = tmp_path / "tls.pem"
    tls.write_text(new_certificate("localhost"), encoding="utf-8")
    trusted = ssl.create_default_context(cadata=trusted_with(tls.read_text(encoding="utf-8")))
    async with running(make_issuer(tmp_path), tls, free_port):
        base = f"https://localhost:{free_port}"
        async with httpx.AsyncClient(base_url=base, verify=trusted, trust_env=False) as client:
            found = (await client.get("/.well-known/openid-configuration")).json()
            assert found["issuer"] == URL
            assert found["jwks_uri"] == f"{URL}/jwks.json"
            assert (await client.get("/jwks.json", headers={"Host": f"{LOGIN_HOST}:8443"})).status_code == 200
            assert (await client.get("/jwks.json", headers={"Host": "evil.example"})).status_code == 400
            form = {"grant_type": "client_credentials", "client_id": "operator"}
            assert (await client.post("/token", data=form)).status_code == 200
        async with httpx.AsyncClient(base_url=base, trust_env=False) as stranger:
            with pytest.raises(httpx.ConnectError):
                await stranger.get("/jwks.json")
