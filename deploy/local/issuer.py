"""A small, real identity provider (OpenID Connect) for a laptop and for tests: no password, so never for production.

It speaks what our token check needs of any provider: a discovery document, public keys, signed access tokens, key
rotation. It listens on loopback only and gives tokens to the users in the table that the caller hands over.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from deploy.local.errors import LocalRunError
from deploy.local.home import PRIVATE_FOLDER, write_private
from shared.clock import Clock, SystemClock
from shared.ids import IdSource, RandomIds

ALGORITHM = "ES256"
ALLOWED_ENVIRONMENTS = frozenset({"local", "test"})
KEYS_FILE = "issuer-keys.json"
DEFAULT_LIFETIME_S = 3600
MAX_FORM_BYTES = 16 * 1024
_PUBLISHED_KEYS = 3  # the one in use and two before it, so that tokens from before a rotation still count


class IssuerRefusedError(LocalRunError):
    """The local issuer will not run like this; the text says why and what to do."""


@dataclass(frozen=True)
class LocalUser:
    """Somebody who may get a token on this machine: an opaque subject, role names, region codes."""

    subject: str
    roles: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()


class KeyRing:
    """The issuer's signing keys, kept in one file that only its owner can read. The first key signs."""

    def __init__(self, folder: Path, ids: IdSource) -> None:
        self._path = folder / KEYS_FILE
        self._ids = ids
        folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        self._keys = self._load() if self._path.exists() else []
        if not self._keys:
            self.rotate()

    @property
    def signing_key(self) -> ECKey:
        """The key that signs new tokens."""
        return self._keys[0]

    def rotate(self) -> str:
        """Sign with a new key from now on; the older ones stay published for a while. Gives the new key's id."""
        key_id = str(self._ids.next())
        key = ECKey.generate_key("P-256", {"kid": key_id, "use": "sig", "alg": ALGORITHM})
        self._keys = [key, *self._keys][:_PUBLISHED_KEYS]
        self._save()
        return key_id

    def public_document(self) -> dict[str, object]:
        """The JWKS: public parts only."""
        return {"keys": [key.as_dict(private=False) for key in self._keys]}

    def _load(self) -> list[ECKey]:
        mode = stat.S_IMODE(self._path.stat().st_mode)
        if mode & 0o077:
            raise IssuerRefusedError(f"Others can read {self._path}; run `chmod 600` on it, or delete it for new keys.")
        return [ECKey.import_key(item) for item in json.loads(self._path.read_text())["keys"]]

    def _save(self) -> None:
        write_private(self._path, json.dumps({"keys": [key.as_dict(private=True) for key in self._keys]}))


class LocalIssuer:
    """Signs tokens for a table of users, and answers as an identity provider does."""

    NAMES: tuple[str, ...] = ("127.0.0.1", "localhost")  # a container adds one: deploy/docker/login.py

    def __init__(
        self,
        *,
        folder: Path,
        issuer_url: str,
        audience: str,
        users: Iterable[LocalUser],
        environment: str,
        clock: Clock | None = None,
        ids: IdSource | None = None,
    ) -> None:
        """Raises IssuerRefusedError outside the environments ``local`` and ``test``, or beyond loopback."""
        if environment not in ALLOWED_ENVIRONMENTS:
            raise IssuerRefusedError(
                f"The local issuer gives tokens without a password and does not run in '{environment}'. "
                "Set the address of your organisation's identity provider instead."
            )
        self.check_address(issuer_url)
        self.issuer_url = issuer_url
        self.audience = audience
        self._users = {user.subject: user for user in users}
        self._clock: Clock = clock or SystemClock()
        self._ids: IdSource = ids or RandomIds()
        self.keys = KeyRing(folder, self._ids)

    def check_address(self, issuer_url: str) -> None:
        """Raises IssuerRefusedError unless the address is loopback."""
        check_loopback(urlsplit(issuer_url).hostname or "")

    def token_for(self, subject: str, *, lifetime_s: int = DEFAULT_LIFETIME_S) -> str:
        """A signed access token. Raises KeyError if the table has no such user."""
        user = self._users[subject]
        now_s = int(self._clock.now().timestamp())
        claims = {
            "iss": self.issuer_url,
            "aud": self.audience,
            "sub": user.subject,
            "iat": now_s,
            "nbf": now_s,
            "exp": now_s + lifetime_s,
            "jti": str(self._ids.next()),
            "roles": list(user.roles),
            "areas": list(user.areas),
        }
        key = self.keys.signing_key
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": "at+jwt"}, claims, key, algorithms=[ALGORITHM])

    def app(self) -> Starlette:
        """The ASGI app. It answers only to its own names, so that no web page can rebind another to it."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/jwks.json", self._jwks),
                Route("/token", self._token, methods=["POST"]),
                Route("/rotate", self._rotate, methods=["POST"]),
            ],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(self.NAMES))],
        )

    async def _discovery(self, _: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": self.issuer_url,
                "jwks_uri": f"{self.issuer_url}/jwks.json",
                "token_endpoint": f"{self.issuer_url}/token",
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["none"],
                "response_types_supported": [],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [ALGORITHM],
            }
        )

    async def _jwks(self, _: Request) -> JSONResponse:
        return JSONResponse(self.keys.public_document())

    async def _token(self, request: Request) -> JSONResponse:
        """``grant_type=client_credentials&client_id=<subject>``, as RFC 6749 section 4.4 has it, without a secret."""
        content = b""
        async for chunk in request.stream():
            content += chunk
            if len(content) > MAX_FORM_BYTES:
                return _oauth_error("invalid_request", 413)
        form = parse_qs(content.decode("utf-8", "replace"))
        if form.get("grant_type") != ["client_credentials"]:
            return _oauth_error("unsupported_grant_type", 400)
        subjects = form.get("client_id", [])
        if len(subjects) != 1 or subjects[0] not in self._users:
            return _oauth_error("invalid_client", 401)
        answer = {"access_token": self.token_for(subjects[0]), "token_type": "Bearer", "expires_in": DEFAULT_LIFETIME_S}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    async def _rotate(self, request: Request) -> JSONResponse:
        # Browsers say so when a web page sends a form: no page may use up the keys that tokens were signed with.
        if "origin" in request.headers or "sec-fetch-site" in request.headers:
            return _oauth_error("access_denied", 403)
        return JSONResponse({"kid": self.keys.rotate()})


def _oauth_error(code: str, status: int) -> JSONResponse:
    return JSONResponse({"error": code}, status_code=status)


def check_loopback(host: str) -> None:
    """Raise IssuerRefusedError unless ``host`` is this very machine."""
    try:
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise IssuerRefusedError("The local issuer listens on loopback only; use 127.0.0.1.")


def issuer_server(issuer: LocalIssuer) -> uvicorn.Server:
    """A server on the host and port of the issuer's address; run it with ``await server.serve()``."""
    parts = urlsplit(issuer.issuer_url)
    host = parts.hostname or ""
    check_loopback(host)
    if parts.port is None:
        raise IssuerRefusedError("The local issuer's address needs a port, such as http://127.0.0.1:8099.")
    config = uvicorn.Config(
        issuer.app(), host=host, port=parts.port, log_config=None, access_log=False, server_header=False, lifespan="off"
    )
    return uvicorn.Server(config)


def read_users(path: Path) -> list[LocalUser]:
    """Users from a JSON file: ``[{"subject": "...", "roles": ["verifier"], "areas": ["6472"]}]``."""
    users = json.loads(path.read_text())
    return [LocalUser(item["subject"], tuple(item.get("roles", ())), tuple(item.get("areas", ()))) for item in users]


def main(arguments: list[str] | None = None) -> None:
    """``python -m deploy.local.issuer --folder DIR --port N --users FILE``: run until a signal comes."""
    parser = argparse.ArgumentParser(description="Local identity provider for a laptop; never for production.")
    parser.add_argument("--folder", type=Path, required=True, help="where the signing keys are kept")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--users", type=Path, required=True, help="JSON file with the users")
    parser.add_argument("--audience", default="payung")
    parser.add_argument("--environment", default="local")
    options = parser.parse_args(arguments)
    issuer = LocalIssuer(
        folder=options.folder,
        issuer_url=f"http://127.0.0.1:{options.port}",
        audience=options.audience,
        users=read_users(options.users),
        environment=options.environment,
    )
    asyncio.run(issuer_server(issuer).serve())


if __name__ == "__main__":
    main()
