"""Months under faults: the nemesis rages while a month is lived through, then rests, and all histories are judged."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local.home import Home
from deploy.programme.offices import ProgrammeError
from deploy.programme.verifying import VerificationError
from shared.clock import SystemClock, local_date
from tests.faults.anomalies import Anomaly, Class
from tests.faults.births import Births
from tests.faults.client import RememberingOffices
from tests.faults.databases import Databases
from tests.faults.errands import Errands
from tests.faults.ground import standing
from tests.faults.month import People, live_through
from tests.faults.nemesis import Nemesis
from tests.faults.platform import Platform, running
from tests.faults.poison import Poison
from tests.faults.report import Report
from tests.faults.verdict import Verdict

Say = Callable[[str], None]
MONTH_S = 900.0
PATIENCE_S = 180.0


@dataclass(frozen=True)
class Wish:
    """What is asked for. ``limit_s``: no further month begins after it. ``turn``: a lock file held during each month,
    so that other heavy work of the machine can go in between. ``plants`` are planted bugs, ``preload`` modules that
    the nursery imports for them."""

    kills: int = 100
    workers: int = 20_000
    seed: int = 1
    limit_s: float = 2400.0
    pace: float = 1.0
    plants: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    turn: Path | None = None

    @property
    def replay(self) -> str:
        """The command that makes the same decisions again."""
        words = f"payung faults --seed {self.seed} --kills {self.kills} --workers {self.workers} --pace {self.pace:g}"
        return words + "".join(f" --plant {plant}" for plant in self.plants)


@dataclass(frozen=True)
class _Watch:
    """Says things with the time, and knows how long it has taken."""

    tell: Say
    began: float

    def say(self, line: str) -> None:
        self.tell(f"{self.elapsed_s:5.0f} s  {line}")

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.began


async def run_faults(wish: Wish, home: Path, say: Say) -> Report:
    """Live through months in ``home`` until there were enough kills; stop at the first month with an anomaly.

    Raises:
        LocalRunError: the platform could not be started; the text says what to do.
    """
    report = Report(wish.seed, wish.workers, wish.replay, plants=wish.plants)
    began = time.monotonic()
    with _turn(wish.turn), _quiet_library():
        async with contextlib.AsyncExitStack() as stack:
            births = await stack.enter_async_context(Births(Home.open(home).logs / "nursery.log", wish.preload))
            ground = await stack.enter_async_context(standing(home, say))
            databases = Databases(ground.database_urls)
            platform = await stack.enter_async_context(
                running(ground, births, report.tally, wish.plants, before_start=databases.watch)
            )
            # No proxy of the environment: everything is on this machine.
            http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=60.0))
            offices = RememberingOffices(platform.processes.addresses, http, patience_s=PATIENCE_S)
            watch = _Watch(say, began)
            watch.say("The platform runs; the nemesis begins.")
            poison = Poison(ground.kafka_bootstrap)
            verdict = Verdict(platform, databases, offices.history, poison)
            await _months(wish, platform, offices, verdict, poison, report, watch)
    report.elapsed_s = time.monotonic() - began
    return report


async def _months(
    wish: Wish,
    platform: Platform,
    offices: RememberingOffices,
    verdict: Verdict,
    poison: Poison,
    report: Report,
    watch: _Watch,
) -> None:
    while report.tally.total_kills < wish.kills and report.ok and watch.elapsed_s < wish.limit_s:
        report.months += 1
        seed = wish.seed * 1000 + report.months
        nemesis = Nemesis(platform, poison, seed, wish.kills - report.tally.total_kills, wish.pace)
        try:
            await _one_month(People(wish.workers, seed), platform, offices, nemesis, watch.say)
        except (ProgrammeError, TimeoutError) as error:
            report.findings.add([Anomaly(Class.STUCK, f"month {report.months}", str(error) or "not done in time")])
        watch.say(f"Month {report.months} is over after {report.tally.total_kills} kills; judging.")
        try:
            await verdict.judge(report.findings, watch.say)
        except VerificationError as error:
            report.findings.add([Anomaly(Class.STUCK, "verify", str(error))])
        _note(report, verdict, offices)
        watch.say(f"Month {report.months}: {report.findings.total} anomalies.")


async def _one_month(
    people: People, platform: Platform, offices: RememberingOffices, nemesis: Nemesis, say: Say
) -> None:
    today = local_date(SystemClock().now())
    errands = Errands(offices, people.seed, today.year)
    raging, running_errands = asyncio.create_task(nemesis.rage()), asyncio.create_task(errands.run())
    try:
        async with asyncio.timeout(MONTH_S):
            await live_through(people, platform.ground.home.path, offices, today, say)
    finally:
        await nemesis.rest()
        await raging
        await errands.finish()
        await running_errands


def _note(report: Report, verdict: Verdict, offices: RememberingOffices) -> None:
    report.events, report.repeats = verdict.events, verdict.repeats
    report.commands, report.attempts = len(offices.history.records), offices.history.attempts
    report.unanswered, report.statuses = offices.history.unanswered, dict(offices.statuses)
    if verdict.verified is not None:
        report.checks, report.facts = len(verdict.verified.findings), verdict.verified.facts


@contextlib.contextmanager
def _turn(lock: Path | None) -> Iterator[None]:
    if lock is None:
        yield
        return
    with lock.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


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
