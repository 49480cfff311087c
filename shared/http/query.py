"""Refuses query parameters that a route does not know.

A misspelt filter that is silently ignored shows more than was asked for; here it is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.http.access import RouteTable
from shared.http.problem_catalogue import BAD_REQUEST, VALIDATION
from shared.http.problems import ProblemError
from shared.http.validation import describe_errors

MAX_PARAMETERS = 100
QueryNames = Mapping[tuple[str, str], frozenset[str]]


def query_names(openapi: Mapping[str, Any]) -> QueryNames:
    """The query parameters of each described operation, by (template, method in lower case)."""
    return {
        (template, method): frozenset(
            parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"
        )
        for template, path in openapi["paths"].items()
        for method, operation in path.items()
    }


class QueryMiddleware:
    """Lets a request through only with the query parameters of its route."""

    def __init__(self, app: ASGIApp, *, table: RouteTable, known: QueryNames) -> None:
        self._app = app
        self._table = table
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or raise a 400 or 422 problem. Routes outside the description take anything."""
        if scope["type"] == "http" and scope["query_string"]:
            declaration = self._table.find(scope)
            known = self._known.get((declaration.template, scope["method"].lower())) if declaration else None
            if known is not None and _names(scope["query_string"]) - known:
                unknown = {"type": "extra_forbidden", "loc": ("query", "")}
                raise ProblemError(VALIDATION, errors=describe_errors([unknown], frozenset()))
        await self._app(scope, receive, send)


def _names(query_string: bytes) -> set[str]:
    try:
        pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise ProblemError(BAD_REQUEST) from None
    return {name for name, _ in pairs}
