"""A process of the platform that is kept running whatever ends it, and that the nemesis can break in every way."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.faults.forked import Forked, ForkedProcesses, Program
from tests.faults.tally import Tally

# A process that ends by itself waits this long, so that one which cannot start does not eat the machine.
PAUSE_S = 0.5
SPARED_S = 12.0


@dataclass(frozen=True)
class Armed:
    """A crash point at which the next life of a process ends: its name for the report, and the environment for it."""

    point: str
    environment: Mapping[str, str]


@dataclass
class Kept:
    """One process. ``kind`` is what the report counts it as; ``points`` are the crash points that it can pass."""

    name: str
    kind: str
    forked: ForkedProcesses
    tally: Tally
    program: Callable[[Mapping[str, str]], Program]
    points: tuple[str, ...] = ()
    arm_by: Callable[[str, int], Mapping[str, str]] = lambda point, passage: {}
    _forked: Forked | None = field(default=None, init=False)
    _cause: str = field(default="", init=False)
    _arm: Armed | None = field(default=None, init=False)
    _life: Armed | None = field(default=None, init=False)
    _began: float = field(default=0.0, init=False)
    _free: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _stopping: bool = field(default=False, init=False)
    lives: int = field(default=0, init=False)

    async def keep(self) -> None:
        """Start it again and again until `stop`."""
        self._free.set()
        while not self._stopping:
            await self._free.wait()
            armed, self._arm, self._cause = self._arm, None, ""
            self.lives += 1
            self._life, self._began = armed, time.monotonic()
            self._forked = await self.forked.start(self.program(armed.environment if armed else {}))
            code = await asyncio.shield(self._forked.ended)
            if not self._stopping:
                self._count(code, armed)
                if not self._cause and code != -signal.SIGKILL and time.monotonic() - self._began < 10 * PAUSE_S:
                    await asyncio.sleep(PAUSE_S)

    def _count(self, code: int, armed: Armed | None) -> None:
        if armed and (code != -signal.SIGKILL or self._cause == "kill"):
            self._arm = self._arm or armed  # it did not come by its point: the next life may
        if code == -signal.SIGKILL and (self._cause == "kill" or armed):
            self.tally.kills[self.kind] += 1
            if armed and self._cause != "kill":
                self.tally.points[armed.point] += 1
        elif self._cause != "restart" or code != 0:
            self.tally.ended[f"{self.kind}: {code}"] += 1

    @property
    def is_spared(self) -> bool:
        """Whether it is on its way to a crash point: it gets some time to come by there."""
        return self._life is not None and time.monotonic() - self._began < SPARED_S

    @property
    def is_up(self) -> bool:
        """Whether the process exists."""
        return self._forked is not None and not self._forked.ended.done()

    def kill(self, point: str | None = None, passage: int = 1) -> None:
        """SIGKILL it now; with ``point``, its next life ends at the ``passage``-th time it comes by there."""
        if point is not None:
            self._arm = Armed(point, self.arm_by(point, passage))
        self._signal(signal.SIGKILL, "kill")

    def disarm(self) -> None:
        """Its next life is an ordinary one."""
        self._arm = None

    def restart(self) -> None:
        """SIGTERM, as a roll-out does."""
        self.tally.restarts[self.kind] += 1
        self._signal(signal.SIGTERM, "restart")

    def signal(self, number: int) -> None:
        """Send it a signal, uncounted."""
        if self._forked is not None:
            self.forked.signal(self._forked, number)

    async def freeze(self, seconds: float) -> None:
        """SIGSTOP it for a while; the same process goes on afterwards, unless it was killed meanwhile."""
        child = self._forked
        if child is None:
            return
        self.tally.stops[self.kind] += 1
        self.forked.signal(child, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.forked.signal(child, signal.SIGCONT)

    async def hold_down(self, seconds: float) -> None:
        """Kill it and keep it away for a while."""
        self._free.clear()
        self.kill()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._free.set()

    async def stop(self) -> None:
        """End it for good: ask first, then kill."""
        self._stopping = True
        self._free.set()
        if self._forked is not None and not self._forked.ended.done():
            self.forked.signal(self._forked, signal.SIGCONT)
            self.forked.signal(self._forked, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(10):
                    await asyncio.shield(self._forked.ended)
            self.forked.signal(self._forked, signal.SIGKILL)

    def _signal(self, number: int, cause: str) -> None:
        if self._forked is not None and self.is_up:
            if self._cause != "kill":
                self._cause = cause
            self.forked.signal(self._forked, number)
