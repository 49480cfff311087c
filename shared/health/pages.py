"""The pages of the ops port: three health answers and the metrics, as a plain ASGI application.

It shows no data of the service, so it needs no sign-in; it listens on a port of its own that is not published.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from shared.health.health import Answer, Health
from shared.telemetry import metrics

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_ANSWERS = {f"/health/{answer.value}": answer for answer in Answer}
_PAGES = ["/metrics", *_ANSWERS]


def ops_application(health: Health, before_scrape: Callable[[], None] = lambda: None) -> Application:
    """``/health/live``, ``/health/ready``, ``/health/progressing`` (200 yes, 503 no, JSON) and ``/metrics``."""

    async def application(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, {"pages": _PAGES, "advice": "Ask with GET."})
        elif path == "/metrics":
            before_scrape()
            await _send(send, 200, metrics.CONTENT_TYPE, metrics.render_metrics())
        elif path in _ANSWERS:
            report = await health.ask(_ANSWERS[path])
            await _answer(send, 200 if report.yes else 503, report.as_json())
        else:
            await _answer(send, 404, {"pages": _PAGES, "advice": "Ask for one of these pages."})

    return application


async def _answer(send: Send, status: int, content: dict[str, Any]) -> None:
    await _send(send, status, "application/json", json.dumps(content, indent=2).encode() + b"\n")


async def _send(send: Send, status: int, content_type: str, body: bytes) -> None:
    headers = [(b"content-type", content_type.encode()), (b"cache-control", b"no-store")]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
