"""Every route says who may use it, or it does not start.

Routes declare themselves with dependencies: `require(roles)` or `public(reason)`, `command` for writes,
`body_limit` for uploads. `RouteTable` reads the declarations of a whole app, refuses an app with a route that says
nothing, and lets the middleware authenticate before a byte of the body is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import FastAPI, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security import HTTPBearer
from starlette.requests import Request
from starlette.types import Scope

from shared.access.roles import Role
from shared.http.auth import Principal
from shared.http.problem_catalogue import ROLE_REQUIRED, SIGN_IN_REQUIRED
from shared.http.problems import ProblemError

ROUTES_STATE_KEY = "payung_routes"
PRINCIPAL_SCOPE_KEY = "payung.principal"
WRITE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})

# Only for the OpenAPI document; tokens are verified by the middleware.
_BEARER = HTTPBearer(auto_error=False, bearerFormat="JWT", scheme_name="bearer", description="A token of the sign-in.")


class UndeclaredRouteError(Exception):
    """The app has routes that do not say who may use them or how they write; the text names each."""


class Require:
    """A dependency that lets only certain roles in and gives the `Principal`. Made by `require`."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    async def __call__(self, request: Request, _: Annotated[Any, Security(_BEARER)] = None) -> Principal:
        principal = signed_in_principal(request.scope)
        if not self.roles & principal.roles:
            raise ProblemError(
                ROLE_REQUIRED,
                headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
                roles=", ".join(sorted(self.roles)),
            )
        return principal


class Public:
    """A dependency that declares a route open to everybody, with the reason. Made by `public`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    async def __call__(self) -> None:
        return None


class BodyLimit:
    """A dependency that declares how large a route's body may be, in bytes. Made by `body_limit`."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes

    async def __call__(self) -> None:
        return None


class WithoutKey:
    """A dependency that declares a POST without Idempotency-Key, with the reason. Made by `without_key`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    async def __call__(self) -> None:
        return None


def require(role: Role, *others: Role) -> Require:
    """Only people with at least one of these roles: ``who: Annotated[Principal, Depends(require(Role.VERIFIER))]``.

    The area is a second question: use ``who.areas`` in every query and ``who.areas.ensure_allows`` on every write.
    """
    return Require(frozenset({role, *others}))


def public(reason: str) -> Public:
    """Open to everybody, because of ``reason``: ``dependencies=[Depends(public("..."))]``."""
    if not reason.strip():
        raise ValueError("A public route needs a reason that a reviewer can judge.")
    return Public(reason)


def body_limit(max_bytes: int) -> BodyLimit:
    """Another limit than the app's for one route's body, such as an upload."""
    if max_bytes <= 0:
        raise ValueError("The limit of a body has to be a positive number of bytes.")
    return BodyLimit(max_bytes)


def without_key(reason: str) -> WithoutKey:
    """A POST that changes nothing, or whose repeats are recognised otherwise, because of ``reason``."""
    if not reason.strip():
        raise ValueError("A write without Idempotency-Key needs a reason that a reviewer can judge.")
    return WithoutKey(reason)


def signed_in_principal(scope: Scope) -> Principal:
    """Who is asking. Raises the 401 problem if the request carried no token."""
    principal = scope.get(PRINCIPAL_SCOPE_KEY)
    if not isinstance(principal, Principal):
        raise ProblemError(SIGN_IN_REQUIRED, headers={"WWW-Authenticate": "Bearer"})
    return principal


@dataclass(frozen=True)
class Declaration:
    """What one route says about itself. ``template`` is its path with ``{names}``, safe for logs and metrics."""

    template: str
    methods: frozenset[str]
    pattern: re.Pattern[str]
    required_roles: frozenset[Role]  # empty only for a public route
    max_body_bytes: int | None
    takes_key: bool

    @property
    def is_public(self) -> bool:
        """Whether it is open to everybody."""
        return not self.required_roles


class RouteTable:
    """The declarations of an app's routes, in the order in which they are matched."""

    def __init__(self, declarations: list[Declaration]) -> None:
        self.declarations = tuple(declarations)

    @classmethod
    def of(cls, app: FastAPI, *, command: Callable[..., Any]) -> RouteTable:
        """Read the declarations of all routes of ``app``; ``command`` is the dependency that a write has to use.

        Raises UndeclaredRouteError with one line per fault.
        """
        declarations: list[Declaration] = []
        faults: list[str] = []
        for context in iter_route_contexts(app.routes):
            if not isinstance(context.original_route, APIRoute):
                where = context.path or context.original_route
                faults.append(f"{where}: only FastAPI routes can declare their access.")
                continue
            methods = frozenset(context.methods or ())
            template = str(context.path_format)
            calls = list(_calls_in(context.dependant))
            label = f"{'/'.join(sorted(methods))} {template}"
            faults += [f"{label}: {fault}" for fault in _faults_of(methods, calls, command)]
            limits = [call.max_bytes for call in calls if isinstance(call, BodyLimit)]
            roles = [call.roles for call in calls if isinstance(call, Require)]
            declarations.append(
                Declaration(
                    template=template,
                    methods=methods,
                    pattern=context.path_regex,
                    required_roles=frozenset().union(*roles),
                    max_body_bytes=max(limits) if limits else None,
                    takes_key=command in calls,
                )
            )
        if faults:
            raise UndeclaredRouteError("The app cannot start:\n" + "\n".join(faults))
        return cls(declarations)

    def find(self, scope: Scope) -> Declaration | None:
        """The route that will serve this request, or None (then the answer is 404 or 405)."""
        path = str(scope["path"]).removeprefix(str(scope.get("root_path", "")))
        for declaration in self.declarations:
            if scope["method"] in declaration.methods and declaration.pattern.match(path):
                return declaration
        return None

    def by_operation(self) -> Mapping[tuple[str, str], Declaration]:
        """Declarations by (template, method in lower case), as OpenAPI names operations."""
        return {
            (declaration.template, method.lower()): declaration
            for declaration in self.declarations
            for method in declaration.methods
        }


def _calls_in(dependant: Dependant) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls_in(inner)


def _faults_of(methods: frozenset[str], calls: list[Any], command: Callable[..., Any]) -> Iterator[str]:
    required = any(isinstance(call, Require) for call in calls)
    is_public = any(isinstance(call, Public) for call in calls)
    if not required and not is_public:
        yield "say who may use it: Depends(require(Role....)) or Depends(public('why'))."
    if required and is_public:
        yield "it cannot be public and need a role at once."
    writes = bool(methods & WRITE_METHODS)
    exempt = any(isinstance(call, WithoutKey) for call in calls)
    if writes and command not in calls and not exempt:
        yield "a write takes Depends(command), or says Depends(without_key('why'))."
    if command in calls and not required:
        yield "a command needs a role: the key of somebody unknown would be shared with everybody."
    if command in calls and exempt:
        yield "it cannot take a command and do without a key at once."
