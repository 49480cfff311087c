"""Counts and traces HTTP requests by route template, so that no value from a path or query reaches a label.

Pure ASGI: it sits outside the application and changes nothing in requests and answers.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from opentelemetry.trace import SpanKind

from shared.telemetry import metrics
from shared.telemetry.tracing import span

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "unmatched"


class HttpTelemetry:
    """Wraps an ASGI application with one counter, one histogram and one span per request."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._route = metrics.BoundedLabel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; anything but HTTP goes straight through."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        status = 500
        method = scope["method"] if scope["method"] in METHODS else metrics.OTHER

        async def noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        with span(f"HTTP {method}", traceparent=_traceparent(scope), kind=SpanKind.SERVER) as opened:
            try:
                await self._application(scope, receive, noting_status)
            finally:
                route = self._route(_template(scope))
                metrics.HTTP_REQUESTS.labels(method, route, str(status)).inc()
                metrics.HTTP_DURATION.labels(method, route).observe(time.perf_counter() - started)
                opened.set_attributes(
                    {"http.request.method": method, "http.route": route, "http.response.status_code": status}
                )


def _template(scope: Scope) -> str:
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else NO_ROUTE


def _traceparent(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            return str(value.decode("latin-1"))
    return None
