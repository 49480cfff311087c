"""Measures whether the event loop ticks: code that computes without awaiting stops heartbeats and answers."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque

from shared.health.measurement import Measurement, Status
from shared.telemetry import metrics

TICK_S = 0.25
MEMORY_S = 60.0
WORTH_A_WARNING_S = 1.0


class LoopTicker:
    """A task that wakes four times a second and notes how late it came, and the check that tells of it."""

    name = "event_loop"

    def __init__(self, stall_limit_s: float) -> None:
        self._stall_limit_s = stall_limit_s
        self._last_tick = time.monotonic()
        self._stalls: deque[tuple[float, float]] = deque()

    async def run(self, stop: asyncio.Event) -> None:
        """Tick until ``stop`` is set."""
        self._last_tick = time.monotonic()
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await stop.wait()
            self._note(time.monotonic())

    def _note(self, now: float) -> None:
        stall_s = max(0.0, now - self._last_tick - TICK_S)
        self._last_tick = now
        # Only a longer stall than all later ones can become the longest, so the rest need not be kept.
        while self._stalls and self._stalls[-1][1] <= stall_s:
            self._stalls.pop()
        self._stalls.append((now, stall_s))
        while self._stalls[0][0] < now - MEMORY_S:
            self._stalls.popleft()
        metrics.LOOP_STALL.set(self._stalls[0][1])

    async def measure(self) -> Measurement:
        """The longest stall of the last minute; failed while the ticks themselves are missing."""
        silent_s = time.monotonic() - self._last_tick
        if silent_s > self._stall_limit_s:
            advice = (
                f"The event loop has not ticked for {silent_s:.0f} s; restart this process and read its last lines."
            )
            return Measurement(Status.FAILED, round(silent_s, 3), "s", advice)
        longest_s = round(max((stall for _, stall in self._stalls), default=0.0), 3)
        if longest_s > WORTH_A_WARNING_S:
            advice = "Something computed without a pause; look for the slow handler in handler_batch_duration_seconds."
            return Measurement(Status.WARNING, longest_s, "s", advice)
        return Measurement(Status.OK, longest_s, "s")
