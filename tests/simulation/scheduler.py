"""Lets one process act at a time and decides who is next, where it is held up, and where it dies.

Everything that runs is an `Actor`: a worker, a relay, a jobs process, the BPJS branch. An actor acts in turns; a turn
can be held at the moments when a real process waits for nothing of its own (before a transaction, before a produce,
before a commit of offsets), and others act meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from tests.simulation.chance import Chance
from tests.simulation.story import Story

_ENDLESS: Final = 3_000


class SimulatedCrashError(BaseException):
    """The process that is acting dies here; nothing of it but what is committed remains."""


class StuckError(Exception):
    """Somebody has always something to do: the history does not come to rest."""


class Actor(Protocol):
    """Whoever acts."""

    name: str

    def is_ready(self) -> bool:
        """Whether there is something to do."""
        ...

    async def turn(self) -> None:
        """Do one thing."""
        ...

    def die(self) -> None:
        """Lose everything in memory and begin anew."""
        ...


@dataclass
class _Held:
    actor: Actor
    task: asyncio.Task[None]
    go_on: asyncio.Future[None]
    turns_left: int


@dataclass
class Scheduler:
    """The one who says who acts."""

    chance: Chance
    story: Story
    actors: Sequence[Actor] = ()
    _held: list[_Held] = field(default_factory=list)
    _current: Actor | None = None
    _task: asyncio.Task[None] | None = None
    _paused: asyncio.Future[None] | None = None
    _turns: int = 0

    async def gate(self, where: str) -> None:
        """Called by whoever acts where it could be held up."""
        if self._current is None or self._paused is None or self._task is None:
            return
        kind = "held-before-produce" if where == "produce" else "held"
        name = self.chance.strikes(kind, f"{self._current.name} before {where}")
        if name is None:
            return
        self.story.tell(f"{self._current.name} is held before its {where}")
        go_on = asyncio.get_running_loop().create_future()
        turns = 1 + self.chance.number(f"turns of {name}", 8)
        self._held.append(_Held(self._current, self._task, go_on, turns))
        self._paused.set_result(None)
        await go_on

    def crash_point(self, point: str) -> None:
        """Called by the kit where tests may kill: whoever acts may die."""
        if self._current is None:
            return
        if self.chance.strikes("crash", f"{self._current.name} at {point}"):
            self.story.tell(f"{self._current.name} dies at {point}")
            raise SimulatedCrashError

    def trouble(self) -> bool:
        """Asked at every statement: whether it waits in vain for a lock, as under load."""
        if self._current is None or self._current.name.endswith("api"):
            return False
        kind = "worker-locked-out" if "/worker" in self._current.name else "locked-out"
        if not self.chance.strikes(kind, self._current.name):
            return False
        self.story.tell(f"{self._current.name} waits in vain for a lock")
        return True

    async def act(self, actor: Actor) -> None:
        """Let ``actor`` have a turn, to its end or to where it is held."""
        self._turns += 1
        self._current = actor
        if not (self.chance.can_strike("held") or self.chance.can_strike("held-before-produce")):
            await self._whole_turn(actor)
        else:
            self._paused = asyncio.get_running_loop().create_future()
            self._task = asyncio.create_task(self._whole_turn(actor))
            await self._until_held(self._task, self._paused)
        self._current = self._task = self._paused = None

    async def _whole_turn(self, actor: Actor) -> None:
        try:
            await actor.turn()
        except SimulatedCrashError:
            actor.die()

    async def _until_held(self, task: asyncio.Task[None], paused: asyncio.Future[None]) -> None:
        await asyncio.wait({task, paused}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()

    async def _resume(self, held: _Held) -> None:
        self._held.remove(held)
        self._current, self._task = held.actor, held.task
        self._paused = asyncio.get_running_loop().create_future()
        held.go_on.set_result(None)
        await self._until_held(held.task, self._paused)
        self._current = self._task = self._paused = None

    async def run(self, turns: int | None = None) -> None:
        """Let whoever is ready act, ``turns`` times or until nobody has anything to do. Raises StuckError."""
        done = 0
        while turns is None or done < turns:
            await self._let_go()
            busy = [held.actor for held in self._held]
            ready = [actor for actor in self.actors if actor not in busy and actor.is_ready()]
            if ready:
                await self.act(self._next(ready))
            elif self._held:
                await self._resume(self._held[0])
            else:
                return
            done += 1
            if done > _ENDLESS:
                raise StuckError(f"After {done} turns somebody is still at work: {', '.join(a.name for a in ready)}.")

    async def _let_go(self) -> None:
        for held in list(self._held):
            held.turns_left -= 1
            if held.turns_left <= 0:
                await self._resume(held)

    def _next(self, ready: Sequence[Actor]) -> Actor:
        name = self.chance.strikes("out-of-turn", ready[0].name) if len(ready) > 1 else None
        return self.chance.choose(f"who instead: {name}", ready) if name else ready[0]

    def abandon(self) -> None:
        """The history is over: nobody goes on."""
        for held in self._held:
            held.task.cancel()
        self._held.clear()

    async def attempt(self, actor: Actor, work: Callable[[], Awaitable[None]]) -> bool:
        """Do ``work`` as ``actor`` (a person at a desk). False if its process died on the way."""
        self._current = actor
        try:
            await work()
        except SimulatedCrashError:
            return False
        finally:
            self._current = None
        return True
