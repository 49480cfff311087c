"""Breaks whatever it likes at random moments, the same decisions for the same seed, until it is told to rest.

It draws its victims from shuffled decks, so that every process is hit as often as any other and none is forgotten.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from tests.faults.ground_faults import GroundFaults
from tests.faults.platform import Platform
from tests.faults.poison import READERS, Poison
from tests.faults.proxy import FaultyProxy

T = TypeVar("T")
Act = Callable[[], Awaitable[None]]

# How often each kind of fault is chosen, of the sum.
WEIGHTS = {
    "kill": 40,
    "kill at a point": 30,
    "freeze": 9,
    "restart": 6,
    "hold relays": 4,
    "unreadable event": 1,
    "cut": 4,
    "half-open": 3,
    "delay": 3,
    "throttle": 2,
    "refuse": 2,
    "kill the broker": 2,
    "kill the database": 2,
    "kill a database process": 2,
    "freeze the broker": 1,
    "freeze the database": 2,
}
PAUSE_S = (0.1, 1.0)
KILLED_AT_ONCE = (1, 1, 2, 3, 5)
LATEST_PASSAGE = 3


class Deck(list[T]):
    """Deals shuffled cards; when none is left, all of them again."""

    def __init__(self, cards: Sequence[T], chance: random.Random) -> None:
        super().__init__()
        self._cards, self._chance = tuple(cards), chance

    def deal(self) -> T:
        """The next card."""
        if not self:
            self.extend(self._cards)
            self._chance.shuffle(self)
        return super().pop()


class Nemesis:
    """One month's worth of bad luck. ``kills`` is when it has had enough, ``pace`` stretches its pauses."""

    def __init__(self, platform: Platform, poison: Poison, seed: int, kills: int, pace: float = 1.0) -> None:
        self._platform = platform
        self._poison = poison
        self._chance = random.Random(seed)
        self._tally = platform.tally
        self._enough = platform.tally.total_kills + kills
        self._pace = pace
        self._resting = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._ground = GroundFaults(platform.ground, platform.tally)
        processes = list(platform.kept.values())
        self._victims = Deck(processes, self._chance)
        self._at_points = Deck([(one, point) for one in processes for point in one.points], self._chance)
        self._proxies = Deck(list(platform.ground.proxies.items()), self._chance)
        self._services = Deck(sorted(platform.ground.kafka_proxies), self._chance)

    @property
    def has_enough(self) -> bool:
        """Whether it has killed as often as it wanted."""
        return self._tally.total_kills >= self._enough

    async def rage(self) -> None:
        """Break things until it has enough or is told to rest."""
        while not self._resting.is_set() and not self.has_enough:
            fault = self._chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            self._begin(fault)
            pause_s = self._pace * self._chance.uniform(*PAUSE_S)
            # Nothing works without broker or database; killing who waits for them only keeps them from coming back.
            await self._wait(pause_s * (4 if self._ground.is_down else 1))

    async def rest(self) -> None:
        """Stop, and mend everything that is still broken."""
        self._resting.set()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        for one in self._platform.kept.values():
            one.disarm()
        for proxy in self._platform.ground.proxies.values():
            proxy.flow()
        await self._ground.mend()

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._resting.wait()
        except TimeoutError:
            return

    def _begin(self, fault: str) -> None:
        """Let it happen beside whatever else is broken now. All chances are drawn here, in order."""
        match fault:
            case "kill":
                for _ in range(self._chance.choice(KILLED_AT_ONCE)):
                    victim = self._victims.deal()
                    if not victim.is_spared:
                        victim.kill()
            case "kill at a point":
                victim, point = self._at_points.deal()
                # Jobs commit several times a second, whether there is work or not.
                passage = self._chance.randint(1, LATEST_PASSAGE * (10 if victim.kind.endswith("jobs") else 1))
                victim.kill(point, passage)
                if "park" in point:
                    self._poison_topic(victim.kind.split()[0])
            case "restart":
                self._victims.deal().restart()
            case "freeze":
                # Now and then longer than Kafka waits for a member of a group.
                self._go(self._victims.deal().freeze(self._chance.choice((0.3, 1.0, 3.0, 9.0))))
            case "hold relays":
                self._hold_relays(self._services.deal(), self._chance.uniform(2, 7))
            case "unreadable event":
                self._poison_topic(self._chance.choice(sorted(READERS)))
            case "cut" | "half-open" | "delay" | "throttle" | "refuse":
                name, proxy = self._proxies.deal()
                self._go(self._disturb(fault, name, proxy, self._chance.uniform(0.5, 6)))
            case _:
                self._go(self._ground.strike(fault, self._chance.uniform(0.3, 4), self._chance.random()))

    def _go(self, act: Awaitable[None]) -> None:
        task = asyncio.ensure_future(act)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _poison_topic(self, service: str) -> None:
        """An event that ``service`` cannot read, as it may come from a writer with a fault."""
        topic = self._chance.choice(READERS[service])
        self._tally.unreadable[topic] += 1
        self._go(self._poison.put_in(topic, self._chance.random()))

    def _hold_relays(self, service: str, seconds: float) -> None:
        """No relay for a while: the outbox fills."""
        self._tally.held[service] += 1
        for one in self._platform.kept.values():
            if one.kind == f"{service} relay":
                self._go(one.hold_down(seconds))

    async def _disturb(self, fault: str, name: str, proxy: FaultyProxy, seconds: float) -> None:
        self._tally.network[f"{fault}: {name}"] += 1
        match fault:
            case "cut":
                proxy.cut()
                return
            case "half-open":
                proxy.stall()
            case "delay":
                proxy.delay_s = 0.05
            case "throttle":
                proxy.bytes_per_s = 200_000
            case _:
                proxy.refuses = True
                proxy.cut()
        try:
            await self._wait(seconds)
        finally:
            proxy.flow()
