"""Runs the history of one seed: a year in the world, then rest, then judgement."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from shared.messaging.crash import watch_crash_points
from tests.simulation import databases
from tests.simulation.chance import Chance
from tests.simulation.faults import OUTSIDE, rates_of
from tests.simulation.judge import judge
from tests.simulation.lapses import lapses_as_ruled
from tests.simulation.node import Machine
from tests.simulation.state import state_of
from tests.simulation.steps import YEAR, Step, start_of_year
from tests.simulation.world import World
from tests.simulation.year import plan

_TIDY_EVERY: Final = 40
_LAST_NIGHT: Final = date(YEAR + 1, 1, 5)


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
    state: list[str] = field(default_factory=list, repr=False)


@dataclass(frozen=True)
class Cut:
    """What a history leaves out: only these faults strike (None: all), none of these kinds, these steps are not taken.

    ``is_calm``: everything that is on its way arrives before anybody goes on, also where the seed lives wildly.
    """

    allowed: frozenset[str] | None = None
    left_out: frozenset[int] = frozenset()
    without_kinds: frozenset[str] = frozenset()
    is_calm: bool = False


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
        rates = {kind: rate for kind, rate in rates_of(seed).items() if kind not in cut.without_kinds}
        chance = Chance(seed, rates, cut.allowed)
        steps = plan(chance)
        world = World(self._machines, self._folder, seed, chance, start_of_year())
        watch_crash_points(world.scheduler.crash_point)
        state: list[str] = []
        try:
            chosen = [step for number, step in enumerate(steps) if number not in cut.left_out]
            anomalies = await self._live(world, chosen, is_calm=cut.is_calm)
            state = await state_of(world) if cut.is_calm else []
        except Exception as error:
            anomalies = [f"raised {type(error).__name__}: {error}"]
            world.story.tell(anomalies[0])
        finally:
            watch_crash_points(None)
            world.scheduler.abandon()
        seconds = time.perf_counter() - started
        story = world.story
        return Verdict(seed, anomalies, story.digest(), chance.struck, story.lines, len(steps), seconds, state)

    async def compare(self, seed: int, cut: Cut = WHOLE) -> Verdict:
        """The year with its faults (but those of the outside world) must end as the same year without any."""
        undisturbed = await self.run(seed, replace(cut, allowed=frozenset(), is_calm=True))
        disturbed = await self.run(seed, replace(cut, without_kinds=OUTSIDE, is_calm=True))
        before, after = set(undisturbed.state), set(disturbed.state)
        disturbed.anomalies += undisturbed.anomalies
        disturbed.anomalies += [f"differs: without faults {line}" for line in sorted(before - after)[:5]]
        disturbed.anomalies += [f"differs: with faults {line}" for line in sorted(after - before)[:5]]
        return disturbed

    async def _live(self, world: World, steps: Collection[Step], *, is_calm: bool) -> list[str]:
        chance = world.chance
        is_wild = not is_calm and chance.maybe("lives wildly", 0.5)
        for number, step in enumerate(steps):
            world.set_time(step.at)
            await step.work(world)
            if is_wild and not step.is_awaited:
                await world.work(chance.number(f"turns after {number}", 12))
            else:
                await world.rest()
        can_be_told = not (is_wild or chance.can_strike("clock") or chance.can_strike("bpjs-late"))
        await self._come_to_rest(world)
        anomalies = await judge(world)
        if can_be_told:
            nights = [(step.at, step.night) for step in steps if step.night is not None]
            nights.append((world.time.now(), _LAST_NIGHT))
            anomalies += await lapses_as_ruled(world, nights)
        return anomalies

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
        world.jobs["compliance"].want("age-contributions", _LAST_NIGHT.isoformat())
        world.jobs["enrolment"].want("lapse-clock", _LAST_NIGHT.isoformat())
        await world.rest()

    async def _empty(self) -> None:
        self._done += 1
        tidy = self._done % _TIDY_EVERY == 0
        desks = [machine.desk for machine in self._machines.values() if machine.desk is not None]
        await asyncio.gather(*(databases.empty(desk, tidy=tidy) for desk in desks))
