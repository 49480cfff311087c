"""Breaks broker and database themselves, and mends them: both come back by themselves only if somebody starts them."""

from __future__ import annotations

import asyncio
import contextlib
import signal

from deploy.local import lifeline
from deploy.local.child import Child
from deploy.local.errors import LocalRunError
from tests.faults.ground import Ground
from tests.faults.tally import Tally

PATIENCE_S = 120.0


class GroundFaults:
    """One fault of each at a time: a second one while it is down says nothing new."""

    def __init__(self, ground: Ground, tally: Tally) -> None:
        self._tally = tally
        self._children = {"broker": ground.kafka, "database": ground.postgres}
        self._busy: set[str] = set()

    @property
    def is_down(self) -> bool:
        """Whether one of them is broken now."""
        return bool(self._busy)

    async def strike(self, fault: str, seconds: float, chance: float) -> None:
        """Do what ``fault`` says for ``seconds``; ``chance`` (0 to 1) chooses among the database's processes."""
        victim = "broker" if fault.endswith("broker") else "database"
        if victim in self._busy:
            return
        self._busy.add(victim)
        try:
            child = self._children[victim]
            if fault.startswith("freeze"):
                await self._freeze(victim, child, seconds)
            elif fault == "kill a database process":
                await self._kill_one_below(child, chance)
            else:
                await self._kill(victim, child, seconds)
        finally:
            self._busy.discard(victim)

    async def mend(self) -> None:
        """Have both running and answering again."""
        for name, child in self._children.items():
            await asyncio.to_thread(child.resume)
            await self._start(name, child)

    async def _freeze(self, victim: str, child: Child, seconds: float) -> None:
        self._tally.stops[victim] += 1
        await asyncio.to_thread(child.pause)
        try:
            await asyncio.sleep(seconds)
        finally:
            await asyncio.to_thread(child.resume)

    async def _kill(self, victim: str, child: Child, seconds: float) -> None:
        self._tally.kills[victim] += 1
        await asyncio.to_thread(child.kill)
        await asyncio.sleep(seconds / 2)
        await self._start(victim, child)

    async def _kill_one_below(self, child: Child, chance: float) -> None:
        """One of PostgreSQL's processes dies; it ends all sessions, recovers from its log and goes on by itself."""
        below = lifeline.descendants(child.pid) if child.pid is not None else []
        if below:
            self._tally.kills["a process of the database"] += 1
            lifeline.send(below[int(chance * len(below))], signal.SIGKILL)
            await asyncio.sleep(1.0)

    async def _start(self, victim: str, child: Child) -> None:
        """Start it; after a crash it may need a second try."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with contextlib.suppress(LocalRunError):
                    await asyncio.to_thread(child.start)
                    return
                self._tally.ended[f"{victim}: did not start"] += 1
                await asyncio.sleep(0.5)
