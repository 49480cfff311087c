"""Months under faults: the nemesis rages while a month is lived through, then rests, and all histories are judged."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local.home import Home
from deploy.sandbox.programme.offices import ProgrammeError
from shared.clock import SystemClock, local_date
from shared.verification.platform import VerificationError
from tests.faults.anomalies import Anomaly, Class
from tests.faults.client import RememberingOffices
from tests.faults.databases import Databases
from tests.faults.forked import ForkedProcesses
from tests.faults.ground import standing
from tests.faults.machine_lock import machine_lock
from tests.faults.month import People, live_through
from tests.faults.nemesis import Nemesis
from tests.faults.platform import Platform, running
from tests.faults.poison import Poison
from tests.faults.report import Report
from tests.faults.side_commands import SideCommands
from tests.faults.verdict import Verdict

Say = Callable[[str], None]
MONTH_S = 900.0
# After so many the month is let come to its end, and the next one begins.
MOST_KILLS_A_MONTH = 250
PATIENCE_S = 180.0


@dataclass(frozen=True)
class Wish:
    """What is asked for. ``limit_s``: no further month begins after it. ``machine_lock``: a lock file held during each
    month, so that other heavy work can go in between. ``plants`` are planted bugs, ``preload`` modules that
    the forker imports for them."""

    kills: int = 100
    workers: int = 20_000
    seed: int = 1
    limit_s: float = 2400.0
    pace: float = 1.0
    plants: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    machine_lock: Path | None = None

    @property
    def replay(self) -> str:
        """The command that makes the same decisions again."""
        words = f"python -m tests.faults --seed {self.seed} --kills {self.kills}"
        words += f" --workers {self.workers} --pace {self.pace:g}"
        return words + "".join(f" --plant {plant}" for plant in self.plants)


@dataclass
class _Watch:
    """Says things with the time, and knows how long it has taken, without the time that others had the machine."""

    tell: Say
    began: float
    waited_s: float = 0.0

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.began - self.waited_s

    def say(self, line: str) -> None:
        self.tell(f"{self.elapsed_s:5.0f} s  {line}")

    @contextlib.asynccontextmanager
    async def machine_lock(self, lock: Path | None, platform: Platform | None = None) -> AsyncIterator[None]:
        """Hold the lock, and do not count the time until it was ours."""
        asked = time.monotonic()
        async with machine_lock(lock, platform):
            self.waited_s += time.monotonic() - asked
            yield


@dataclass(frozen=True)
class _Scene:
    """Everything that months take place in."""

    wish: Wish
    platform: Platform
    offices: RememberingOffices
    poison: Poison
    verdict: Verdict
    report: Report
    watch: _Watch

    async def months(self) -> None:
        """Until there were enough kills, or something is wrong, or the time is over."""
        while not self._is_over():
            async with self.watch.machine_lock(self.wish.machine_lock, self.platform):
                await self._month()

    def _is_over(self) -> bool:
        enough = self.report.tally.total_kills >= self.wish.kills
        return enough or not self.report.ok or self.watch.elapsed_s >= self.wish.limit_s

    async def _month(self) -> None:
        report, tally, watch = self.report, self.report.tally, self.watch
        report.months += 1
        try:
            await self._live(self.wish.seed * 1000 + report.months)
        except (ProgrammeError, TimeoutError) as error:
            report.findings.add([Anomaly(Class.STUCK, f"month {report.months}", str(error) or "not done in time")])
        watch.say(f"Month {report.months} is over after {tally.total_kills} kills; judging.")
        try:
            await self.verdict.judge(report.findings, watch.say)
        except VerificationError as error:
            report.findings.add([Anomaly(Class.STUCK, "verify", str(error))])
        _note(report, self.verdict, self.offices)
        watch.say(f"Month {report.months}: {report.findings.total} anomalies.")

    async def _live(self, seed: int) -> None:
        wish, today = self.wish, local_date(SystemClock().now())
        kills = min(MOST_KILLS_A_MONTH, wish.kills - self.report.tally.total_kills)
        nemesis = Nemesis(self.platform, self.poison, seed, kills, wish.pace)
        side_commands = SideCommands(self.offices, seed, today.year)
        raging, running_side_commands = asyncio.create_task(nemesis.rage()), asyncio.create_task(side_commands.run())
        try:
            async with asyncio.timeout(MONTH_S):
                home = self.platform.ground.home.path
                await live_through(People(wish.workers, seed), home, self.offices, today, self.watch.say)
        finally:
            await nemesis.rest()
            await raging
            await side_commands.finish()
            await running_side_commands


async def run_faults(wish: Wish, home: Path, say: Say) -> Report:
    """Live through months in ``home`` until there were enough kills; stop at the first month with an anomaly.

    Raises:
        LocalRunError: the platform could not be started; the text says what to do.
    """
    report = Report(wish.seed, wish.workers, wish.replay, plants=wish.plants)
    watch = _Watch(say, time.monotonic())
    with _quiet_library():
        async with contextlib.AsyncExitStack() as stack:
            async with watch.machine_lock(wish.machine_lock):
                scene = await _open(wish, home, report, watch, stack)
            watch.say("The platform runs; the nemesis begins.")
            await scene.months()
    report.elapsed_s = watch.elapsed_s
    return report


async def _open(wish: Wish, home: Path, report: Report, watch: _Watch, stack: contextlib.AsyncExitStack) -> _Scene:
    """Start it all; ``stack`` ends it."""
    forked = await stack.enter_async_context(ForkedProcesses(Home.open(home).logs / "forker.log", wish.preload))
    ground = await stack.enter_async_context(standing(home, watch.say))
    databases = Databases(ground.database_urls)
    platform = await stack.enter_async_context(
        running(ground, forked, report.tally, wish.plants, before_start=databases.watch)
    )
    # No proxy of the environment: everything is on this machine.
    http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=60.0))
    offices = RememberingOffices(platform.processes.addresses, http, patience_s=PATIENCE_S)
    poison = Poison(ground.kafka_bootstrap)
    verdict = Verdict(platform, databases, offices.history, poison)
    return _Scene(wish, platform, offices, poison, verdict, report, watch)


def _note(report: Report, verdict: Verdict, offices: RememberingOffices) -> None:
    report.events, report.repeats = verdict.events, verdict.repeats
    report.commands, report.attempts = len(offices.history.records), offices.history.attempts
    report.unanswered, report.statuses = offices.history.unanswered, dict(offices.statuses)
    if verdict.verified is not None:
        report.checks, report.facts = len(verdict.verified.findings), verdict.verified.facts


@contextlib.contextmanager
def _quiet_library() -> Iterator[None]:
    """aiokafka would tell of every connection that we cut."""
    logger = logging.getLogger("aiokafka")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
