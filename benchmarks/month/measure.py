"""Runs months on a world of its own and measures them: ground, world, processes, warm-up, months, verification."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

import httpx
from aiokafka.admin import AIOKafkaAdminClient

from benchmarks.contestant import BenchError
from benchmarks.month import seed
from benchmarks.month.offices import open_run, pay_line
from benchmarks.month.processes import month_processes, verify_all
from benchmarks.month.profile import Ground, MachineTime, Profiler, Usage
from benchmarks.month.shape import Line, Shape
from benchmarks.month.watch import STEPS, Timing, Watcher, watching
from benchmarks.role_processes import RoleProcesses
from deploy.local.postgres import Databases
from deploy.local.stack import Say, Stack
from deploy.sandbox.programme.offices import Offices
from shared.clock import SystemClock, local_date
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.publishing.topic_config import ClusterSettings
from shared.contracts.publishing.topics import apply_topics
from shared.periods import Month
from shared.verification.platform import Verified

HTTP_TIMEOUT_S: Final = 900.0
SETTLE_TIMEOUT_S: Final = 60.0
SERVICES: Final = ("enrolment", "subsidy", "compliance", "notification")


@dataclass(frozen=True, slots=True)
class MonthRun:
    """One measured month. ``counts`` are rows that were really there at the end; ``usage`` is by process or group.

    ``machine`` is what all processors did meanwhile, for whomever, and ``wal_bytes`` what PostgreSQL wrote ahead.
    """

    month: Month
    elapsed_s: float
    timings: dict[str, Timing]
    usage: dict[str, Usage]
    counts: dict[str, int]
    machine: MachineTime
    wal_bytes: int


@dataclass(frozen=True, slots=True)
class Measured:
    """All months, how long the preparations took, and what verification found (None if it was not asked for)."""

    shape: Shape
    months: Sequence[MonthRun]
    seeding_s: float
    verified: Verified | None
    verifying_s: float


async def measure_months(stack: Stack, shape: Shape, *, verify: bool, say: Say) -> Measured:
    """Make the world on ``stack``, run its months, verify. Raises BenchError, ProgrammeError, LocalRunError."""
    processes = month_processes(stack)
    await make_topics(stack.kafka_bootstrap)
    say("Migrating the databases of all services.")
    await asyncio.to_thread(processes.services.migrate)
    databases = stack.databases
    if databases is None:
        raise BenchError("The month needs databases of its own.")
    began_s = time.monotonic()
    say(f"Making a world of {shape.total:,} workers.")
    await seed.sow(databases, stack.home.path / "bpjs", shape)
    seeding_s = time.monotonic() - began_s
    say(f"The world is there after {seeding_s:.0f} s; starting the services.")
    with processes.running() as pids:
        profiler = partial(Ground.of(stack).profiler, pids)
        months = await _run_months(processes, databases, shape, profiler, say)
    verified, verifying_s = None, 0.0
    if verify:
        began_s = time.monotonic()
        verified = await asyncio.to_thread(verify_all, processes)
        verifying_s = time.monotonic() - began_s
    return Measured(shape, months, seeding_s, verified, verifying_s)


async def make_topics(bootstrap: str) -> None:
    """All topics of the catalogue."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await apply_topics(admin, CATALOGUE, ClusterSettings())
    finally:
        await admin.close()


async def _run_months(
    processes: RoleProcesses, databases: Databases, shape: Shape, profiler: Callable[[], Profiler], say: Say
) -> list[MonthRun]:
    today = local_date(SystemClock().now())
    months: list[MonthRun] = []
    async with (
        httpx.AsyncClient(trust_env=False, timeout=HTTP_TIMEOUT_S) as http,
        watching(databases, processes.stack.kafka_bootstrap) as watcher,
    ):
        offices = Offices(processes.addresses, http)
        if shape.warm_up_workers:
            few, first = shape.warm_up_workers, shape.months[0]
            warm_up_s = await _run_month(offices, watcher, [shape.warm_up_line], few, first, today)
            say(f"Warm-up: {few:,} other workers in {warm_up_s:.1f} s.")
        for month in shape.months:
            months.append(await _measure_month(offices, watcher, shape, month, today, profiler()))
            say(f"{month}: {shape.workers:,} workers in {months[-1].elapsed_s:.1f} s.")
    return months


async def _measure_month(
    offices: Offices, watcher: Watcher, shape: Shape, month: Month, today: date, profiler: Profiler
) -> MonthRun:
    before, wal_before = await watcher.counts(month), await watcher.wal_bytes()
    profiler.start()
    began = MachineTime.now()
    elapsed_s = await _run_month(offices, watcher, shape.lines, shape.workers, month, today)
    machine = MachineTime.now().since(began)
    usage = profiler.stop()
    wal_bytes = await watcher.wal_bytes() - wal_before
    counts = await _settled(watcher, month, before, shape.workers)
    return MonthRun(month, elapsed_s, watcher.timings, usage, counts, machine, wal_bytes)


async def _run_month(
    offices: Offices, watcher: Watcher, lines: Sequence[Line], workers: int, month: Month, today: date
) -> float:
    """Run ``month`` of ``lines``; gives the seconds from the first command until the last message was queued."""
    await watcher.reset()
    began_at = time.monotonic()
    run_ids = await asyncio.gather(*(open_run(offices, line, month) for line in lines))
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watcher.follow(run_ids, workers, began_at))
            for line, run_id in zip(lines, run_ids, strict=True):
                tasks.create_task(pay_line(offices, watcher, line, run_id, today))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None  # the others were only cancelled
    return max(watcher.timings[step].done_s or 0.0 for step in STEPS)


async def _settled(watcher: Watcher, month: Month, before: dict[str, int], workers: int) -> dict[str, int]:
    """The rows of the month, counted when nothing moves any more."""
    give_up_at = time.monotonic() + SETTLE_TIMEOUT_S
    while True:
        now = await watcher.counts(month)
        made = {name: count - before[name] for name, count in now.items()}
        if all(count >= workers for count in made.values()) or time.monotonic() > give_up_at:
            return made
        await asyncio.sleep(0.5)
