"""An identity provider that tests can break, and tokens signed by whom and as they like."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from joserfc import jwt

from deploy.local.issuer import LocalIssuer
from shared.clock import ManualClock
from shared.http import TokenSettings, TokenVerifier
from shared.http.problems import ProblemError
from tests.shared.http.people import AUDIENCE, ISSUER_URL


class Provider:
    """An identity provider that a test can break: it counts what it is asked and can be switched off."""

    def __init__(self, issuer: LocalIssuer, *extra_keys: dict[str, Any]) -> None:
        self.issuer = issuer
        self.extra_keys = extra_keys
        self.requests: list[str] = []
        self.down = False
        self.delay_s = 0.0
        self.answers: dict[str, httpx.Response] = {}

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request.url.path)
        await asyncio.sleep(self.delay_s)
        if self.down:
            raise httpx.ConnectError("The provider is away.")
        if request.url.path in self.answers:
            return self.answers[request.url.path]
        if request.url.path == "/.well-known/openid-configuration":
            return httpx.Response(200, json={"issuer": ISSUER_URL, "jwks_uri": f"{ISSUER_URL}/jwks.json"})
        keys: list[Any] = list(self.issuer.keys.public_document()["keys"])  # type: ignore[call-overload]
        return httpx.Response(200, json={"keys": [*keys, *self.extra_keys]})

    @property
    def jwks_requests(self) -> int:
        return self.requests.count("/jwks.json")


def verifier_for(provider: Provider, clock: ManualClock, **settings: Any) -> TokenVerifier:
    http = httpx.AsyncClient(transport=httpx.MockTransport(provider.handle))
    return TokenVerifier(TokenSettings(ISSUER_URL, AUDIENCE, **settings), clock=clock, http=http)


async def refusal(verifier: TokenVerifier, token: str) -> str:
    """The code of the problem that ``token`` meets."""
    with pytest.raises(ProblemError) as refused:
        await verifier.verify(token)
    headers = refused.value.headers or {}
    if refused.value.status_code == 401:
        assert headers["WWW-Authenticate"].startswith("Bearer")
    return refused.value.problem.code


def claims_now(clock: ManualClock, **changes: Any) -> dict[str, Any]:
    now_s = int(clock.now().timestamp())
    claims = {
        "iss": ISSUER_URL,
        "aud": AUDIENCE,
        "sub": "somebody",
        "iat": now_s,
        "exp": now_s + 600,
        "roles": ["verifier"],
        "areas": ["6472"],
    }
    claims.update(changes)
    return {name: value for name, value in claims.items() if value is not ...}


def signed(key: Any, claims: dict[str, Any], algorithm: str = "ES256", **header: Any) -> str:
    head = {"alg": algorithm, "kid": key.kid, **header}
    return jwt.encode(head, claims, key, algorithms=[algorithm])
