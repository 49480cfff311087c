"""What a provider signs for us is accepted, everything else is refused, and floods do not reach the provider."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from deploy.local.issuer import LocalIssuer
from shared.clock import ManualClock, SystemClock
from shared.http import Principal, TokenSettings, TokenVerifier
from shared.http.auth import ALLOWED_ALGORITHMS
from shared.http.problems import ProblemError
from shared.http.scope import AreaScope, Role
from shared.http.signing_keys import KeyCachePolicy
from tests.shared.http.conftest import AUDIENCE, ISSUER_URL, USERS


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


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


@pytest.fixture
def own_issuer(tmp_path: Path, clock: ManualClock) -> LocalIssuer:
    return LocalIssuer(
        folder=tmp_path, issuer_url=ISSUER_URL, audience=AUDIENCE, users=USERS, environment="test", clock=clock
    )


@pytest.fixture
def provider(own_issuer: LocalIssuer) -> Provider:
    return Provider(own_issuer)


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


async def test_a_symmetric_key_in_the_jwks_is_never_used(own_issuer: LocalIssuer, clock: ManualClock) -> None:
    shared = OctKey.generate_key(256, {"kid": "shared", "use": "sig"})
    provider = Provider(own_issuer, shared.as_dict())
    verifier = verifier_for(provider, clock)
    assert await refusal(verifier, signed(shared, claims_now(clock), "HS256")) == "token-refused"
    assert await verifier.signing_keys.find("shared") is None


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
