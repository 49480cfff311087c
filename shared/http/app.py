"""Builds a service's HTTP app, the same way for every service: safe by default, and it refuses to start half declared.

The caller gives routers and what they stand on; everything else (sign-in, areas, idempotency, limits, headers,
problems, the API page) is put around them here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, FastAPI
from starlette.requests import Request

from shared.clock import Clock
from shared.database import Database, Transaction
from shared.http.access import ROUTES_STATE_KEY, RouteTable, public
from shared.http.auth import Verifier
from shared.http.body import BodyMiddleware
from shared.http.context import Observer, RequestContextMiddleware
from shared.http.docs_page import docs_router
from shared.http.failures import install_handlers
from shared.http.idempotency import COMMANDS_STATE_KEY, Commands, UnitOfWorkFactory, command
from shared.http.openapi import build_openapi
from shared.http.problem_catalogue import STANDARD_PROBLEMS
from shared.http.problems import ProblemType, check_unique
from shared.http.query import QueryMiddleware, query_names
from shared.http.rate_limit import RateLimiter, RateLimits
from shared.http.sign_in import SignInMiddleware
from shared.http.texts import refuse_unfit_texts
from shared.http.validation import schema_names
from shared.ids import IdSource, RandomIds

DATABASE_STATE_KEY = "payung_database"


class Lifespan(Protocol):
    """What runs around the app's life, as Starlette calls it."""

    def __call__(self, app: FastAPI) -> AbstractAsyncContextManager[None]: ...


@dataclass(frozen=True)
class HttpLimits:
    """Bounds of one app. Bytes and seconds."""

    max_body_bytes: int = 1024 * 1024
    chunk_timeout_s: float = 30.0  # a sender may pause this long inside a body
    command_wait_s: float = 10.0  # a repeated command waits this long for the first one
    rates: RateLimits = field(default_factory=RateLimits)


def create_app(  # noqa: PLR0913 - a composition root: everything comes in by name
    *,
    service: str,
    title: str,
    routers: Sequence[APIRouter],
    database: Database,
    verifier: Verifier,
    clock: Clock,
    unit_of_work: UnitOfWorkFactory[Any] | None = None,
    limits: HttpLimits | None = None,
    health_routes: APIRouter | None = None,
    problem_types: Sequence[ProblemType] = (),
    tls: bool = False,
    ids: IdSource | None = None,
    observer: Observer | None = None,
    version: str = "1",
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """The ASGI app of ``service``.

    ``unit_of_work`` opens the transaction of a command (`Outbox.unit_of_work`; without it, `Database.transaction`).
    ``health_routes`` are open to everybody and not counted; they must not show data. ``tls`` says that browsers
    reach us over HTTPS, and turns HSTS on. ``observer`` is told of every answered request.
    Raises UndeclaredRouteError if a route does not say who may use it or a write takes no command, and ValueError if
    two problem types share a code.
    """
    bounds = limits or HttpLimits()
    problems = check_unique([*STANDARD_PROBLEMS, *problem_types])
    app = _bare_app(title, version, f"Payung, layanan / service `{service}`.", lifespan)
    for router in routers:
        app.include_router(router, dependencies=[Depends(refuse_unfit_texts)])
    if health_routes is not None:
        app.include_router(health_routes, dependencies=[Depends(public("Health holds no data; probes have no token."))])
    app.include_router(docs_router(title))

    table = RouteTable.of(app, command=command)
    factory = unit_of_work if unit_of_work is not None else database.transaction
    setattr(app.state, ROUTES_STATE_KEY, table)
    setattr(app.state, DATABASE_STATE_KEY, database)
    setattr(app.state, COMMANDS_STATE_KEY, Commands(factory, clock, wait_s=bounds.command_wait_s))

    document = build_openapi(app, table, problems)
    app.openapi = lambda: document  # type: ignore[method-assign]
    install_handlers(app, schema_names(document), problems)

    limiter = RateLimiter(bounds.rates, clock)
    # Added last is outermost: context, then body, then sign-in, then query, then the routes.
    app.add_middleware(QueryMiddleware, table=table, known=query_names(document))
    app.add_middleware(
        SignInMiddleware, table=table, verifier=verifier, limiter=limiter, unlimited=_templates(health_routes)
    )
    app.add_middleware(
        BodyMiddleware, table=table, max_bytes=bounds.max_body_bytes, chunk_timeout_s=bounds.chunk_timeout_s
    )
    app.add_middleware(RequestContextMiddleware, table=table, ids=ids or RandomIds(), tls=tls, observer=observer)
    return app


def _bare_app(title: str, version: str, description: str, lifespan: Lifespan | None) -> FastAPI:
    return FastAPI(
        title=title,
        version=version,
        description=description,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        # FastAPI's own telemetry records exception texts and query strings, which may hold personal data.
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )


async def reading(request: Request) -> AsyncIterator[Transaction]:
    """A read-only transaction; routes get it with the type `Reading`."""
    database: Database = getattr(request.app.state, DATABASE_STATE_KEY)
    async with database.reading() as tx:
        yield tx


def _templates(router: APIRouter | None) -> frozenset[str]:
    """The paths of the health routes, which probes ask for all the time."""
    if router is None:
        return frozenset()
    probe = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    probe.include_router(router, dependencies=[Depends(public("Only to list the paths."))])
    return frozenset(declared.template for declared in RouteTable.of(probe, command=command).declarations)


# What a query takes: ``tx: Reading``. It ends before the answer is sent, so that a slow reader holds no connection.
Reading = Annotated[Transaction, Depends(reading, scope="function")]

__all__ = ["HttpLimits", "Reading", "create_app", "reading"]
