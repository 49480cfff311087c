"""What a provider signs for us is accepted, everything else is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from deploy.local.issuer import LocalIssuer
from shared.access.areas import AreaScope
from shared.access.roles import Role
from shared.clock import ManualClock
from shared.http import Principal, TokenSettings
from shared.http.auth import ALLOWED_ALGORITHMS
from tests.shared.http.people import AUDIENCE, ISSUER_URL
from tests.shared.http.tokens import Provider, claims_now, refusal, signed, verifier_for


async def test_a_good_token_gives_its_principal(
    provider: Provider, own_issuer: LocalIssuer, clock: ManualClock
) -> None:
    principal = await verifier_for(provider, clock).verify(own_issuer.token_for("auditor"))
    assert principal.subject == "auditor"
    assert principal.roles == {Role.AUDITOR}
    assert principal.areas == AreaScope.of("64")
    assert principal.token_id


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": ...},
        {"aud": "another-service"},
        {"aud": ["another", "third"]},
        {"aud": ...},
        {"sub": ...},
        {"sub": ""},
        {"sub": 7},
        {"exp": ...},
        {"exp": "tomorrow"},
        {"exp": 1},
        {"exp": float("nan")},
        {"exp": 10**12},
        {"iat": ...},
        {"iat": 10**12},
        {"nbf": 10**12},
    ],
)
async def test_wrong_claims_are_refused(provider: Provider, clock: ManualClock, changes: dict[str, Any]) -> None:
    token = signed(provider.issuer.keys.signing_key, claims_now(clock, **changes))
    assert await refusal(verifier_for(provider, clock), token) == "token-refused"


async def test_the_unchanged_claims_are_accepted(provider: Provider, clock: ManualClock) -> None:
    """So that the refusals above come from the change and not from the helper."""
    token = signed(provider.issuer.keys.signing_key, claims_now(clock, aud=["third", AUDIENCE]))
    assert (await verifier_for(provider, clock).verify(token)).subject == "somebody"


async def test_a_token_expires_after_a_small_leeway(provider: Provider, clock: ManualClock) -> None:
    verifier = verifier_for(provider, clock, leeway_s=30)
    token = signed(provider.issuer.keys.signing_key, claims_now(clock))
    clock.advance(timedelta(seconds=620))
    await verifier.verify(token)
    clock.advance(timedelta(seconds=11))
    assert await refusal(verifier, token) == "token-refused"


def _segment(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


async def test_algorithm_none_is_refused(provider: Provider, clock: ManualClock) -> None:
    kid = provider.issuer.keys.signing_key.kid
    for algorithm in ("none", "None", "NONE", ""):
        token = f"{_segment({'alg': algorithm, 'kid': kid})}.{_segment(claims_now(clock))}."
        assert await refusal(verifier_for(provider, clock), token) == "token-refused"


async def test_a_public_key_is_not_taken_for_a_shared_secret(provider: Provider, clock: ManualClock) -> None:
    key = provider.issuer.keys.signing_key
    head_and_body = f"{_segment({'alg': 'HS256', 'kid': key.kid})}.{_segment(claims_now(clock))}"
    public_forms = [
        key.as_pem(private=False),
        key.as_der(private=False),
        json.dumps(key.as_dict(private=False)).encode(),
    ]
    for secret in public_forms:
        mac = hmac.new(secret, head_and_body.encode(), hashlib.sha256).digest()
        token = f"{head_and_body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
        assert await refusal(verifier_for(provider, clock), token) == "token-refused"


async def test_a_key_carried_in_the_header_is_not_followed(provider: Provider, clock: ManualClock) -> None:
    own = ECKey.generate_key("P-256", {"kid": str(provider.issuer.keys.signing_key.kid)})
    for hint in (
        {"jwk": own.as_dict(private=False)},
        {"jku": "https://attacker.example/jwks"},
        {"x5u": "https://attacker.example/cert"},
        {},
    ):
        token = signed(own, claims_now(clock), **hint)
        assert await refusal(verifier_for(provider, clock), token) == "token-refused"
    assert set(provider.requests) <= {"/.well-known/openid-configuration", "/jwks.json"}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("algorithm", sorted(ALLOWED_ALGORITHMS))
async def test_each_allowed_algorithm_works(own_issuer: LocalIssuer, clock: ManualClock, algorithm: str) -> None:
    parameters: Any = {"kid": f"key-{algorithm}", "use": "sig", "alg": algorithm}
    made: dict[str, Callable[[], Any]] = {
        "RS256": lambda: RSAKey.generate_key(2048, parameters),
        "ES256": lambda: ECKey.generate_key("P-256", parameters),
        "EdDSA": lambda: OKPKey.generate_key("Ed25519", parameters),
        "Ed25519": lambda: OKPKey.generate_key("Ed25519", parameters),
    }
    key = made[algorithm]()
    provider = Provider(own_issuer, key.as_dict(private=False))
    verifier = verifier_for(provider, clock)
    assert (await verifier.verify(signed(key, claims_now(clock), algorithm))).subject == "somebody"
    narrowed = verifier_for(provider, clock, algorithms=ALLOWED_ALGORITHMS - {algorithm})
    assert await refusal(narrowed, signed(key, claims_now(clock), algorithm)) == "token-refused"


def test_other_algorithms_cannot_even_be_configured() -> None:
    for algorithm in ("none", "HS256", "RS1"):
        with pytest.raises(ValueError, match="algorithms"):
            TokenSettings(ISSUER_URL, AUDIENCE, algorithms=frozenset({algorithm}))
    with pytest.raises(ValueError, match="audience"):
        TokenSettings(ISSUER_URL, "")


async def test_a_tampered_token_is_refused(provider: Provider, own_issuer: LocalIssuer, clock: ManualClock) -> None:
    head, body, signature = own_issuer.token_for("enumerator-samarinda").split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["areas"] = ["64"]
    forged = f"{head}.{_segment(claims)}.{signature}"
    assert await refusal(verifier_for(provider, clock), forged) == "token-refused"


@pytest.mark.parametrize(
    "token", ["", "x", "a.b", "a.b.c", "a.b.c.d.e", "....", "é.b.c", "A" * 20_000, f"{'W' * 100}.e30.", "bnVsbA.e30.AA"]
)
async def test_rubbish_is_refused(provider: Provider, clock: ManualClock, token: str) -> None:
    assert await refusal(verifier_for(provider, clock), token) == "token-refused"


async def test_another_kind_of_token_is_refused(provider: Provider, clock: ManualClock) -> None:
    token = signed(provider.issuer.keys.signing_key, claims_now(clock), typ="logout+jwt")
    assert await refusal(verifier_for(provider, clock), token) == "token-refused"


@pytest.mark.parametrize(
    ("roles", "areas", "expected"),
    [
        (["verifier"], ["64", "%"], Principal("somebody", frozenset({Role.VERIFIER}))),
        (["verifier"], "64", Principal("somebody", frozenset({Role.VERIFIER}))),
        (["verifier"], {"64": True}, Principal("somebody", frozenset({Role.VERIFIER}))),
        (["verifier"], [64], Principal("somebody", frozenset({Role.VERIFIER}))),
        (["verifier"], ..., Principal("somebody", frozenset({Role.VERIFIER}))),
        ("verifier", ["64"], Principal("somebody", frozenset(), AreaScope.of("64"))),
        (..., ["64"], Principal("somebody", frozenset(), AreaScope.of("64"))),
        (["VERIFIER", "root", 7], ["64"], Principal("somebody", frozenset(), AreaScope.of("64"))),
    ],
)
async def test_roles_and_areas_that_are_not_understood_give_nothing(
    provider: Provider, clock: ManualClock, roles: Any, areas: Any, expected: Principal
) -> None:
    token = signed(provider.issuer.keys.signing_key, claims_now(clock, roles=roles, areas=areas))
    assert await verifier_for(provider, clock).verify(token) == expected


async def test_claims_may_lie_deeper(provider: Provider, clock: ManualClock) -> None:
    claims = claims_now(clock, roles=..., realm_access={"roles": ["approver"]})
    verifier = verifier_for(provider, clock, roles_claim="realm_access.roles")
    assert (await verifier.verify(signed(provider.issuer.keys.signing_key, claims))).roles == {Role.APPROVER}
