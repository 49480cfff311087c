"""Looks at the token before anything of the body is read, so that strangers cost as little as possible."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.http.access import PRINCIPAL_SCOPE_KEY, RouteTable
from shared.http.auth import Verifier
from shared.http.problem_catalogue import SIGN_IN_REQUIRED, TOKEN_REFUSED
from shared.http.problems import ProblemError
from shared.http.rate_limit import RateLimiter


class SignInMiddleware:
    """Counts by address, verifies the bearer token, counts by person, and leaves the principal in the scope.

    A public route is served without a look at the token. Where no route matches there is nothing to protect; and
    should this table ever disagree with the router, `require` still refuses a request without a principal.
    """

    def __init__(
        self, app: ASGIApp, *, table: RouteTable, verifier: Verifier, limiter: RateLimiter, unlimited: frozenset[str]
    ) -> None:
        self._app = app
        self._table = table
        self._verifier = verifier
        self._limiter = limiter
        self._unlimited = unlimited

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or raise a 401, 429 or 503 problem."""
        if scope["type"] == "http":
            declaration = self._table.find(scope)
            if declaration is None or declaration.template not in self._unlimited:
                client = scope.get("client")
                await self._limiter.count_address(client[0] if client else None)
            if declaration is not None and not declaration.is_public:
                principal = await self._verifier.verify(_bearer_token(scope))
                await self._limiter.count_subject(principal.subject)
                scope[PRINCIPAL_SCOPE_KEY] = principal
        await self._app(scope, receive, send)


def _bearer_token(scope: Scope) -> str:
    values = Headers(scope=scope).getlist("authorization")
    if not values:
        raise ProblemError(SIGN_IN_REQUIRED, headers={"WWW-Authenticate": "Bearer"})
    scheme, _, token = values[0].partition(" ")
    if len(values) > 1 or scheme.lower() != "bearer" or not token.strip():
        raise ProblemError(TOKEN_REFUSED, headers={"WWW-Authenticate": 'Bearer error="invalid_request"'})
    return token.strip()
