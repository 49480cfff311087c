"""`python -m benchmarks month`: puts the parts together."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass
from typing import Final

import asyncpg
import uvloop

from benchmarks.arena import own_stack
from benchmarks.contestant import BenchError
from benchmarks.month import seed
from benchmarks.month.floor.run import run_floor
from benchmarks.month.measure import measure_months
from benchmarks.month.plain.run import run_plain
from benchmarks.month.profile import Ground
from benchmarks.month.result import Baseline, MonthReport
from benchmarks.month.shape import Shape, make_shape
from benchmarks.report import describe_machine
from deploy.local.stack import Say, Stack
from shared.clock import SystemClock, local_date
from shared.periods import Month

FEWEST_WORKERS: Final = 1000
WARM_UP_WORKERS: Final = 2000
FLOOR_WORKERS: Final = 100_000
# So few workers are over in seconds, in which a single disturbance counts.
REPEATED_BELOW: Final = 500_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What to measure. ``repeats`` None: 3 months, or 1 of many workers. ``keep``: leave the home for a look at it."""

    workers: int = 100_000
    repeats: int | None = None
    verify: bool = True
    baselines: bool = True
    plain_workers: int = 2_000
    warm_up_workers: int = WARM_UP_WORKERS
    keep: bool = False

    @property
    def months(self) -> int:
        """How many months are run."""
        return self.repeats or (3 if self.workers < REPEATED_BELOW else 1)


def bench_month(wish: Wish, say: Say) -> MonthReport:
    """Measure on a stack of its own. Raises BenchError, ProgrammeError or LocalRunError with what to do."""
    if wish.workers < FEWEST_WORKERS or wish.months < 1:
        raise BenchError(f"Give at least {FEWEST_WORKERS:,} workers and one repeat; fewer say nothing.")
    logging.getLogger("aiokafka").setLevel(logging.ERROR)  # a new topic has no leader for a moment; it retries
    load_before = os.getloadavg()[0]
    with (
        own_stack(say, keep=wish.keep) as stack,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(_measure(stack, wish, load_before, say))


async def _measure(stack: Stack, wish: Wish, load_before: float, say: Say) -> MonthReport:
    today = local_date(SystemClock().now())
    shape = make_shape(wish.workers, min(wish.warm_up_workers, wish.workers), Month.of(today), wish.months)
    measured = await measure_months(stack, shape, verify=wish.verify, say=say)
    baselines = await _baselines(stack, shape, wish.plain_workers, say) if wish.baselines else []
    machine = describe_machine(stack.broker_kind, await _postgresql_version(stack), load_before)
    remarks = [
        f"A world of {shape.workers:,} workers of {len(shape.lines)} funding lines, made in {measured.seeding_s:.0f} s;"
        f" before it was measured, {shape.warm_up_workers:,} workers of another line went through the whole month."
    ]
    return MonthReport(measured, machine, baselines, remarks)


async def _baselines(stack: Stack, shape: Shape, plain_workers: int, say: Say) -> list[Baseline]:
    if stack.databases is None:
        return []
    await seed.settle(stack.databases)
    where = (stack.databases, stack.kafka_bootstrap, Ground.of(stack), shape)
    floor = await run_floor(*where, min(shape.workers, FLOOR_WORKERS), say)
    return [floor, await run_plain(*where, plain_workers, say)]


async def _postgresql_version(stack: Stack) -> str:
    if stack.databases is None:
        return "unknown"
    connection = await asyncpg.connect(stack.databases.superuser_url)
    try:
        return str(await connection.fetchval("SHOW server_version"))
    finally:
        await connection.close()
