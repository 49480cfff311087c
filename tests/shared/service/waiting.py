"""Waiting for something to become true, with an end; and seconds that a test moves by hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], Awaitable[object]], timeout_s: float = 15.0, what: str = "") -> None:
    """Return as soon as ``condition`` gives something true. Raises TimeoutError."""
    give_up_at = time.monotonic() + timeout_s
    while not await condition():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"It did not come true within {timeout_s} s. {what}")
        await asyncio.sleep(0.03)


class Time:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s
