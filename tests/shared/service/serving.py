"""Serves an application of a test's own on a port."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import uvicorn


@contextlib.asynccontextmanager
async def served(application: object, port: int) -> AsyncIterator[None]:
    """``application`` listens on ``port`` while the block runs."""
    config = uvicorn.Config(application, host="127.0.0.1", port=port, log_config=None, lifespan="off")  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not (server.started or task.done()):  # until then the port looks free to the next who chooses one
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task
