"""`python -m benchmarks journey`: puts the parts together."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop

from benchmarks.arena import Arena, own_stack
from benchmarks.contestant import BenchError
from benchmarks.journey.client import Desk
from benchmarks.journey.drive import Driver, Trip, Way, percentile
from benchmarks.journey.notices import watching_notices
from benchmarks.journey.officers import make_officers, sign_in
from benchmarks.journey.people import walk_in
from benchmarks.journey.result import TARGET_RATE_PER_S, JourneyReport
from benchmarks.journey.rivals import plain_driver, raw_driver
from benchmarks.month.measure import make_topics
from benchmarks.month.profile import Profiler
from benchmarks.report import describe_machine
from benchmarks.role_processes import RoleProcesses
from benchmarks.run import postgresql_version
from deploy.local.stack import Say

ROLES: Final = (("enrolment", "api"), ("enrolment", "relay"), ("notification", "worker"))
RATES_PER_S: Final = (50, 200, 500)
WARM_UP_S: Final = 5.0
WARM_UP_PER_S: Final = 100
# Where the highest sustained rate is looked for, as parts of what gets through at full speed.
PARTS_OF_FULL: Final = (0.95, 0.85, 0.75, 0.6, 0.45)
AT_ONCE: Final = 48
MOST_PER_S: Final = 1_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What to measure: each rate for ``seconds``."""

    seconds: float = 20.0
    rates_per_s: tuple[int, ...] = RATES_PER_S
    keep: bool = False


def bench_journey(wish: Wish, say: Say) -> JourneyReport:
    """Measure on a stack of its own. Raises BenchError, ProgrammeError or LocalRunError with what to do."""
    if wish.seconds < 2 or not wish.rates_per_s:
        raise BenchError("Give at least two seconds and one rate; less says nothing.")
    logging.getLogger("aiokafka").setLevel(logging.ERROR)  # a new topic has no leader for a moment; it retries
    load_before = os.getloadavg()[0]
    with (
        own_stack(say, keep=wish.keep) as stack,
        tempfile.TemporaryDirectory(prefix="payung-journey-") as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        processes = RoleProcesses.of(stack, ROLES, more_people=make_officers())
        processes.services.migrate()
        people = int(wish.seconds * (sum(wish.rates_per_s) + 6 * MOST_PER_S) + WARM_UP_S * 200)
        say(f"Making up {people:,} people.")
        bodies = walk_in(Path(folder), people)
        return runner.run(_measure(processes, wish, bodies, load_before, say))


async def _measure(
    processes: RoleProcesses, wish: Wish, bodies: Iterator[bytes], load_before: float, say: Say
) -> JourneyReport:
    stack, arena = processes.stack, Arena.of(processes.stack)
    await make_topics(stack.kafka_bootstrap)
    ours = Way("ours", "ours")
    with processes.running() as pids:
        desk = Desk(processes.addresses.services["enrolment"], await sign_in(processes.addresses.issuer))
        await desk.open()
        async with watching_notices(stack.database_urls["notification"]) as notices:
            driver = Driver(desk.register, bodies, notices.seen)
            await driver.at_rate(WARM_UP_PER_S, WARM_UP_S, seed=0)
            profiler = Profiler(pids, stack.postgres.pid or 0 if stack.postgres else 0)
            profiler.start()
            ours.trips = [await _trip(driver, rate, wish.seconds, say) for rate in wish.rates_per_s]
            usage = profiler.stop()
            ours.full_per_s = await driver.at_full_speed(AT_ONCE, wish.seconds / 2)
            say(f"At full speed: {ours.full_per_s:.0f}/s.")
            sustained = await _highest(driver, ours.full_per_s, wish.seconds, say)
        desk.close()
    others = []
    for name, what, way in (("floor", "floor: raw clients", raw_driver), ("plain", "plain code", plain_driver)):
        async with way(arena, bodies) as driver:
            others.append(await _other(Way(name, what), driver, wish, say))
    machine = describe_machine(stack.broker_kind, await postgresql_version(arena), load_before)
    remarks = [
        f"Each rate for {wish.seconds:.0f} s, people come at random moments; times begin when they come. Refused for "
        f"the moment and repeated: {desk.busy}."
    ]
    return JourneyReport(ours, sustained, others, usage, machine, remarks)


async def _other(way: Way, driver: Driver, wish: Wish, say: Say) -> Way:
    """Another way at the promised rate, and at full speed."""
    say(f"{way.what}:")
    await driver.at_rate(WARM_UP_PER_S / 2, WARM_UP_S, seed=0)
    way.trips = [await _trip(driver, TARGET_RATE_PER_S, wish.seconds / 2, say)]
    way.full_per_s = await driver.at_full_speed(AT_ONCE, wish.seconds / 2)
    say(f"At full speed: {way.full_per_s:.0f}/s.")
    return way


async def _trip(driver: Driver, rate_per_s: float, seconds: float, say: Say) -> Trip:
    trip = await driver.at_rate(rate_per_s, seconds)
    p50, p99 = percentile(trip.noticed_ms, 50), percentile(trip.noticed_ms, 99)
    say(f"{rate_per_s:.0f}/s: p50 {p50:.0f} ms, p99 {p99:.0f} ms, missing {trip.missing}.")
    return trip


async def _highest(driver: Driver, full_per_s: float, seconds: float, say: Say) -> Trip | None:
    """The highest rate tried at which the queue does not grow; None if there is none."""
    for part in PARTS_OF_FULL:
        trip = await _trip(driver, part * full_per_s, seconds, say)
        if trip.is_sustained:
            return trip
    return None
