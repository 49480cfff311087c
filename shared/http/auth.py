"""Who is asking: bearer tokens of the organisation's identity provider (OpenID Connect), verified with joserfc.

Only asymmetric algorithms from a short list, only keys the provider publishes, and every claim that binds the token
to us is required (RFC 8725, best current practices for JWT). The header's own hints about keys are never followed.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry
from joserfc.util import json_b64decode

from shared.access.areas import AreaScope
from shared.access.errors import AreaCodeError
from shared.access.roles import Role
from shared.clock import Clock
from shared.http.problem_catalogue import SIGN_IN_UNAVAILABLE, TOKEN_REFUSED
from shared.http.problems import ProblemError
from shared.http.signing_keys import KeyCachePolicy, KeysUnavailableError, PublicKey, SigningKeys

# Ed25519 is RFC 9864's name for what providers long called EdDSA.
ALLOWED_ALGORITHMS = frozenset({"RS256", "ES256", "EdDSA", "Ed25519"})
MAX_TOKEN_CHARACTERS = 16_384
_TOKEN_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_NOT_TO_BE_FOLLOWED = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64"})


@dataclass(frozen=True)
class TokenSettings:
    """What a token has to say. Claim names may be dotted paths, such as ``realm_access.roles``."""

    issuer: str
    audience: str
    algorithms: frozenset[str] = ALLOWED_ALGORITHMS
    subject_claim: str = "sub"
    roles_claim: str = "roles"
    areas_claim: str = "areas"
    token_id_claim: str = "jti"  # noqa: S105 - a claim's name
    leeway_s: int = 30
    max_lifetime_s: int = 86_400
    keys: KeyCachePolicy = field(default_factory=KeyCachePolicy)

    def __post_init__(self) -> None:
        foreign = set(self.algorithms) - ALLOWED_ALGORITHMS
        if foreign or not self.algorithms:
            raise ValueError(f"Token algorithms must be among {', '.join(sorted(ALLOWED_ALGORITHMS))}.")
        if not self.issuer or not self.audience:
            raise ValueError("Set the token issuer's address and the audience; without them no token can be checked.")


@dataclass(frozen=True)
class Principal:
    """Who is asking, as the identity provider vouches. ``subject`` is the provider's opaque id, not a name."""

    subject: str
    roles: frozenset[Role] = frozenset()
    areas: AreaScope = field(default_factory=AreaScope)
    token_id: str | None = None


class Verifier(Protocol):
    """Turns a bearer token into a principal, or raises a 401 or 503 problem."""

    async def verify(self, token: str) -> Principal:
        """The principal of ``token``."""
        ...


class TokenVerifier:
    """Verifies tokens against the provider's published keys. Open it with `token_verifier`."""

    def __init__(self, settings: TokenSettings, *, clock: Clock, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._clock = clock
        self.signing_keys = SigningKeys(settings.issuer, clock=clock, http=http, policy=settings.keys)

    async def verify(self, token: str) -> Principal:
        """The principal of ``token``.

        Raises the 401 problem ``token-refused`` for every kind of bad token alike, and the 503 problem
        ``sign-in-unavailable`` when the provider's keys cannot be had: then nobody gets in.
        """
        try:
            header = _header_of(token)
            if header["alg"] not in self._settings.algorithms:
                raise _refused()
            key = await self.signing_keys.find(header["kid"])
            if key is None:
                raise _refused()
            claims = self._claims_of(token, key, header["alg"])
        except KeysUnavailableError as error:
            raise ProblemError(SIGN_IN_UNAVAILABLE) from error
        except (JoseError, ValueError, TypeError, RecursionError):
            # `from None`: the library's errors may quote the token.
            raise _refused() from None
        return self._principal(claims)

    def _claims_of(self, token: str, key: PublicKey, algorithm: str) -> dict[str, Any]:
        declared = key.get("alg")
        if declared is not None and declared != algorithm:
            raise ValueError("The key is published for another algorithm.")
        registry = JWSRegistry(algorithms=[algorithm])
        claims = jwt.decode(token, key, algorithms=[algorithm], registry=registry).claims
        now_s = int(self._clock.now().timestamp())
        jwt.JWTClaimsRegistry(
            now=now_s,
            leeway=self._settings.leeway_s,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.audience},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(claims)
        if claims["exp"] - claims["iat"] > self._settings.max_lifetime_s:
            raise ValueError("The token lives too long.")
        return claims

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        subject = _claim(claims, self._settings.subject_claim)
        if not isinstance(subject, str) or not subject.strip() or len(subject) > 255 or not subject.isprintable():
            raise _refused()
        token_id = _claim(claims, self._settings.token_id_claim)
        return Principal(
            subject=subject,
            roles=_roles(_claim(claims, self._settings.roles_claim)),
            areas=_areas(_claim(claims, self._settings.areas_claim)),
            token_id=token_id if isinstance(token_id, str) else None,
        )


@contextlib.asynccontextmanager
async def token_verifier(settings: TokenSettings, *, clock: Clock) -> AsyncIterator[TokenVerifier]:
    """A verifier with its own HTTP client, closed at the end of the block."""
    async with httpx.AsyncClient(headers={"Accept": "application/json"}) as http:
        yield TokenVerifier(settings, clock=clock, http=http)


def _refused() -> ProblemError:
    return ProblemError(TOKEN_REFUSED, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


class _MalformedTokenError(ValueError):
    """The token has not the form that we take."""


def _header_of(token: str) -> dict[str, Any]:
    """The token's header, with ``alg`` and ``kid`` as text. Raises ValueError for any other form."""
    if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii() or token.count(".") != 2:
        raise _MalformedTokenError("Not a signed token in compact form.")
    header = json_b64decode(token.partition(".")[0].encode("ascii"))
    if not isinstance(header, dict) or not all(isinstance(header.get(name), str) for name in ("alg", "kid")):
        raise _MalformedTokenError("The header lacks alg or kid.")
    if _NOT_TO_BE_FOLLOWED & header.keys():
        raise _MalformedTokenError("The header tells us how to verify itself.")
    if str(header.get("typ", "JWT")).lower() not in _TOKEN_TYPES:
        raise _MalformedTokenError("This is another kind of token.")
    return header


def _claim(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its name, or by a dotted path into nested objects."""
    if path in claims:
        return claims[path]
    node: Any = claims
    for part in path.split("."):
        if not isinstance(node, Mapping):
            return None
        node = node.get(part)
    return node


def _roles(value: Any) -> frozenset[Role]:
    """The roles that we know; other systems' roles in the same token mean nothing here."""
    known = {role.value for role in Role}
    listed = value if isinstance(value, list) else []
    return frozenset(Role(name) for name in listed if isinstance(name, str) and name in known)


def _areas(value: Any) -> AreaScope:
    """The area scope. One malformed code empties the whole: a scope that is half understood is not used."""
    listed = value if isinstance(value, list) else []
    try:
        return AreaScope(frozenset(code if isinstance(code, str) else "" for code in listed))
    except AreaCodeError:
        return AreaScope()
