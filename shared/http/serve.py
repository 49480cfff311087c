"""How our apps are served: uvicorn with its chatter off.

Its access log writes paths and queries, which may hold personal data, and its default answers name the server.
"""

from __future__ import annotations

import uvicorn
from starlette.types import ASGIApp


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
