"""How our apps are served: uvicorn with its chatter off.

Its access log writes paths and queries, which may hold personal data, and its default answers name the server.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_TIMEOUT_S = 10.0


class PromptHeadProtocol(H11Protocol):
    """uvicorn's protocol, which also hangs up on who does not send a request's head in time.

    uvicorn itself waits for ever, so that a few hundred silent connections would use up ``max_concurrent`` and shut
    everybody else out.
    """

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        """Take what came; wait on if the head is not complete."""
        super().data_received(data)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_watching()
        super().connection_lost(exc)

    def _watch_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._stop_watching()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self._hang_up)

    def _stop_watching(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _hang_up(self) -> None:
        self._head_timer = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()


def uvicorn_config(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    trusted_proxies: str = "",
    max_concurrent: int = 500,
    drain_timeout_s: int = 20,
) -> uvicorn.Config:
    """The configuration for one API process; ``port`` 0 takes a free one.

    ``trusted_proxies`` lists the addresses whose X-Forwarded-For is believed (rate limits count by address); empty
    believes nobody. Above ``max_concurrent`` open requests uvicorn answers 503 by itself.
    """
    return uvicorn.Config(
        app,
        http=PromptHeadProtocol,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=trusted_proxies or None,
        limit_concurrency=max_concurrent,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=drain_timeout_s,
        lifespan="on",
        ws="none",
    )
