"""Runs the history of one seed: a year in the world, then rest, then judgement."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from shared.messaging.crash import watch_crash_points
from tests.simulation import databases
from tests.simulation.chance import Chance
from tests.simulation.faults import rates_of
from tests.simulation.judge import judge
from tests.simulation.node import Machine
from tests.simulation.steps import YEAR, Step, start_of_year
from tests.simulation.world import World
from tests.simulation.year import plan

_TIDY_EVERY: Final = 40


@dataclass
class Verdict:
    """What became of a seed. ``anomalies`` are sentences; none where all promises held."""

    seed: int
    anomalies: list[str]
    digest: str
    struck: list[str]
    lines: list[str] = field(repr=False)
    steps: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Cut:
    """What a shrunk history leaves out: only these faults strike (None: all), these steps are not taken."""

    allowed: frozenset[str] | None = None
    left_out: frozenset[int] = frozenset()


WHOLE: Final = Cut()


class Simulator:
    """Runs one seed after the other on the same databases."""

    def __init__(self, machines: Mapping[str, Machine], folder: Path) -> None:
        self._machines, self._folder = machines, folder
        self._done = 0

    async def run(self, seed: int, cut: Cut = WHOLE) -> Verdict:
        """The verdict on ``seed``. Whatever is raised in it is an anomaly as well."""
        started = time.perf_counter()
        await self._empty()
        chance = Chance(seed, rates_of(seed), cut.allowed)
        steps = plan(chance)
        world = World(self._machines, self._folder, seed, chance, start_of_year())
        watch_crash_points(world.scheduler.crash_point)
        try:
            anomalies = await self._live(
                world, [step for number, step in enumerate(steps) if number not in cut.left_out]
            )
        except Exception as error:
            anomalies = [f"raised {type(error).__name__}: {error}"]
            world.story.tell(anomalies[0])
        finally:
            watch_crash_points(None)
            world.scheduler.abandon()
        seconds = time.perf_counter() - started
        return Verdict(seed, anomalies, world.story.digest(), chance.struck, world.story.lines, len(steps), seconds)

    async def _live(self, world: World, steps: Collection[Step]) -> list[str]:
        chance = world.chance
        is_wild = chance.maybe("lives wildly", 0.5)
        for number, step in enumerate(steps):
            world.set_time(step.at)
            await step.work(world)
            if is_wild and not step.is_awaited:
                await world.work(chance.number(f"turns after {number}", 12))
            else:
                await world.rest()
        await self._come_to_rest(world)
        return await judge(world)

    async def _come_to_rest(self, world: World) -> None:
        """No more faults: whatever is on its way arrives."""
        world.story.tell("no more faults")
        world.chance.quiet = True
        for node in world.nodes.values():
            node.clock.wrong_by = timedelta()
        world.set_time(start_of_year().replace(year=YEAR + 1))
        world.look_again()
        world.branch.hurry()
        await world.rest()
        world.jobs["compliance"].want("age-contributions", date(YEAR + 1, 1, 5).isoformat())
        world.jobs["enrolment"].want("lapse-clock", date(YEAR + 1, 1, 5).isoformat())
        await world.rest()

    async def _empty(self) -> None:
        self._done += 1
        tidy = self._done % _TIDY_EVERY == 0
        desks = [machine.desk for machine in self._machines.values() if machine.desk is not None]
        await asyncio.gather(*(databases.empty(desk, tidy=tidy) for desk in desks))
