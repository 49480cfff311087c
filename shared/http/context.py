"""The outermost layer of every API: a number for each request, safe headers on each answer, and no failure unseen.

Everything here is plain ASGI, so that streaming, cancellation and context variables keep working.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.access import RouteTable
from shared.http.failures import problem_for_failure, record_failure
from shared.http.problems import REQUEST_ID_SCOPE_KEY, problem_response
from shared.ids import IdSource

# Only the trace is continued; a stranger's baggage does not travel on with our events.
_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("payung.http")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UNROUTED = "unrouted"
# A method is any word of the caller's; only these are shown (OpenTelemetry's name for the others).
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNKNOWN_METHOD = "_OTHER"
HSTS_TWO_YEARS = "max-age=63072000; includeSubDomains"

# For answers that are data: nothing in them is ever to be run or framed (OWASP ASVS 5.0, V3.4).
API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
_FIXED_HEADERS = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
)
# Answers hold personal data unless a route says otherwise.
_DEFAULT_HEADERS = (("content-security-policy", API_POLICY), ("cache-control", "no-store"))


@dataclass(frozen=True)
class ServedRequest:
    """What is known of a request once it is answered; safe for metrics and logs: no path, no query, no names."""

    method: str
    template: str  # the route's path with {names}, or "unrouted"
    status: int
    duration_s: float


Observer = Callable[[ServedRequest], None]


class _Answer:
    """Adds the headers to an answer and remembers its status."""

    def __init__(self, send: Send, request_id: str, tls: bool) -> None:
        self._send = send
        self._request_id = request_id
        self._tls = tls
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = self._request_id
            for name, value in _FIXED_HEADERS:
                headers[name] = value
            for name, value in _DEFAULT_HEADERS:
                headers.setdefault(name, value)
            if self._tls:
                headers["strict-transport-security"] = HSTS_TWO_YEARS
            if "server" in headers:
                del headers["server"]
        await self._send(message)


class RequestContextMiddleware:
    """Numbers requests, sets the security headers, traces, observes, and turns every failure into a problem."""

    def __init__(self, app: ASGIApp, *, table: RouteTable, ids: IdSource, tls: bool, observer: Observer | None) -> None:
        self._app = app
        self._table = table
        self._ids = ids
        self._tls = tls
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = self._request_id(headers)
        scope[REQUEST_ID_SCOPE_KEY] = request_id
        declaration = self._table.find(scope)
        template = declaration.template if declaration else UNROUTED
        answer = _Answer(send, request_id, self._tls)
        began = time.perf_counter()
        parent = _PROPAGATOR.extract(headers)
        method = scope["method"] if scope["method"] in METHODS else UNKNOWN_METHOD
        name = f"{method} {template}"
        with (
            structlog.contextvars.bound_contextvars(request_id=request_id),
            _TRACER.start_as_current_span(
                name, context=parent, kind=SpanKind.SERVER, record_exception=False, set_status_on_exception=False
            ) as span,
        ):
            try:
                await self._serve(scope, receive, answer, template)
            finally:
                status = answer.status or 499  # the client left before an answer began
                span.set_attribute("http.request.method", method)
                span.set_attribute("http.route", template)
                span.set_attribute("http.response.status_code", status)
                if status >= 500:
                    span.set_status(Status(StatusCode.ERROR))
                if self._observer is not None:
                    elapsed_s = time.perf_counter() - began
                    self._observer(ServedRequest(method, template, status, elapsed_s))

    async def _serve(self, scope: Scope, receive: Receive, answer: _Answer, template: str) -> None:
        try:
            await self._app(scope, receive, answer.send)
        except Exception as error:  # noqa: BLE001 - the edge: whatever happens is answered with a problem
            problem = problem_for_failure(error)
            if problem is not error:
                record_failure(error, scope, template, problem.status_code)
            if answer.status is not None:
                # Too late for a problem. Break the connection, so that half an answer is not taken for a whole one;
                # `from None` keeps the exception's text out of the server's log.
                raise RuntimeError("An answer broke off; see http_request_failed in the log.") from None
            await problem_response(problem, scope)(scope, receive, answer.send)

    def _request_id(self, headers: Headers) -> str:
        """The caller's X-Request-Id if it is a UUID, else a new one: other text could carry personal data into logs."""
        given = headers.get("x-request-id", "").lower()
        return given if _UUID.fullmatch(given) else str(self._ids.next())
