"""The provider's keys: rotated, withdrawn, flooded with unknown ids, out of reach, or of a kind we do not take."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from deploy.local.issuer import LocalIssuer
from shared.clock import ManualClock
from shared.http import TokenSettings, TokenVerifier
from shared.http.signing_keys import KeyCachePolicy
from tests.shared.http.people import AUDIENCE, ISSUER_URL
from tests.shared.http.tokens import Provider, claims_now, refusal, signed, verifier_for


async def test_a_symmetric_key_in_the_jwks_is_never_used(own_issuer: LocalIssuer, clock: ManualClock) -> None:
    shared = OctKey.generate_key(256, {"kid": "shared", "use": "sig"})
    provider = Provider(own_issuer, shared.as_dict())
    verifier = verifier_for(provider, clock)
    assert await refusal(verifier, signed(shared, claims_now(clock), "HS256")) == "token-refused"
    assert await verifier.signing_keys.find("shared") is None


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_small_rsa_keys_and_keys_for_encryption_are_left_aside(
    own_issuer: LocalIssuer, clock: ManualClock
) -> None:
    small = RSAKey.generate_key(1024, {"kid": "small", "use": "sig"})
    cipher = RSAKey.generate_key(2048, {"kid": "cipher", "use": "enc"})
    provider = Provider(own_issuer, small.as_dict(private=False), cipher.as_dict(private=False))
    raw = jws.JWSRegistry(algorithms=["RS256"])
    for key in (small, cipher):
        payload = json.dumps(claims_now(clock)).encode()
        usable = RSAKey.import_key(_plain(key))
        token = jws.serialize_compact({"alg": "RS256", "kid": key.kid}, payload, usable, registry=raw)
        assert await refusal(verifier_for(provider, clock), token) == "token-refused"


def _plain(key: RSAKey) -> Any:
    return {name: value for name, value in key.as_dict(private=True).items() if name != "use"}


async def test_a_flood_of_unknown_keys_does_not_reach_the_provider(provider: Provider, clock: ManualClock) -> None:
    verifier = verifier_for(provider, clock)
    stranger = ECKey.generate_key("P-256")
    for _ in range(300):
        token = signed(stranger, claims_now(clock), kid=str(uuid4()))
        assert await refusal(verifier, token) == "token-refused"
    assert provider.jwks_requests == 1
    clock.advance(timedelta(seconds=11))
    for _ in range(300):
        token = signed(stranger, claims_now(clock), kid=str(uuid4()))
        assert await refusal(verifier, token) == "token-refused"
    assert provider.jwks_requests == 2


async def test_a_flood_at_once_asks_the_provider_once(provider: Provider, clock: ManualClock) -> None:
    verifier = verifier_for(provider, clock)
    provider.delay_s = 0.05
    stranger = ECKey.generate_key("P-256")
    tokens = [signed(stranger, claims_now(clock), kid=str(uuid4())) for _ in range(100)]
    assert set(await asyncio.gather(*(refusal(verifier, token) for token in tokens))) == {"token-refused"}
    assert provider.jwks_requests == 1


async def test_a_rotated_key_works_and_the_old_one_goes_on(
    provider: Provider, own_issuer: LocalIssuer, clock: ManualClock
) -> None:
    verifier = verifier_for(provider, clock)
    before = own_issuer.token_for("auditor")
    await verifier.verify(before)
    clock.advance(timedelta(seconds=11))
    own_issuer.keys.rotate()
    assert (await verifier.verify(own_issuer.token_for("auditor"))).subject == "auditor"
    assert (await verifier.verify(before)).subject == "auditor"
    assert provider.jwks_requests == 2


async def test_a_withdrawn_key_stops_working(provider: Provider, own_issuer: LocalIssuer, clock: ManualClock) -> None:
    verifier = verifier_for(provider, clock)
    token = own_issuer.token_for("auditor")
    await verifier.verify(token)
    for _ in range(3):
        own_issuer.keys.rotate()
    clock.advance(timedelta(seconds=601))
    assert await refusal(verifier, token) == "token-refused"


async def test_with_the_provider_away_known_keys_serve_for_a_bounded_time(
    provider: Provider, own_issuer: LocalIssuer, clock: ManualClock
) -> None:
    verifier = verifier_for(provider, clock, keys=KeyCachePolicy(usable_for_s=7200))
    await verifier.verify(own_issuer.token_for("auditor"))
    provider.down = True
    clock.advance(timedelta(seconds=7100))
    await verifier.verify(own_issuer.token_for("auditor"))
    clock.advance(timedelta(seconds=200))
    assert await refusal(verifier, own_issuer.token_for("auditor")) == "sign-in-unavailable"
    provider.down = False
    clock.advance(timedelta(seconds=11))
    assert (await verifier.verify(own_issuer.token_for("auditor"))).subject == "auditor"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", httpx.Response(200, json={"issuer": "https://other", "jwks_uri": "x"})),
        ("/.well-known/openid-configuration", httpx.Response(302, headers={"Location": "https://attacker.example"})),
        (
            "/.well-known/openid-configuration",
            httpx.Response(200, json={"issuer": ISSUER_URL, "jwks_uri": "http://attacker.example/jwks"}),
        ),
        ("/jwks.json", httpx.Response(500)),
        ("/jwks.json", httpx.Response(200, content=b"<html>")),
        ("/jwks.json", httpx.Response(200, json=["keys"])),
        ("/jwks.json", httpx.Response(200, json={"keys": "none"})),
        ("/jwks.json", httpx.Response(200, content=b'{"keys": [' + b" " * 300_000 + b"]}")),
    ],
)
async def test_a_provider_that_answers_strangely_lets_nobody_in(
    provider: Provider, own_issuer: LocalIssuer, clock: ManualClock, path: str, answer: httpx.Response
) -> None:
    provider.answers[path] = answer
    assert await refusal(verifier_for(provider, clock), own_issuer.token_for("auditor")) == "sign-in-unavailable"


@pytest.mark.parametrize("issuer_url", ["http://idp.example", "ftp://idp.example", "idp.example", "https://"])
def test_an_insecure_issuer_is_refused_at_start(issuer_url: str, clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="https://"):
        TokenVerifier(TokenSettings(issuer_url, AUDIENCE), clock=clock, http=httpx.AsyncClient())
