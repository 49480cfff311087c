"""Runs the floor's month on the stack of ours, once ours is over, and counts what it has made."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import asyncpg

from benchmarks.contestant import BenchError
from benchmarks.month.contest import Role, run_rivals
from benchmarks.month.profile import Ground
from benchmarks.month.result import Baseline
from benchmarks.month.rival import RivalMonth
from benchmarks.month.seed import database_url
from benchmarks.month.shape import Shape
from deploy.local.postgres import Databases
from deploy.local.stack import Say

WHAT: Final = "floor (raw asyncpg and aiokafka, five processes, no rule)"
_COVERED: Final = "SELECT count(*) FROM cover_line WHERE month = $1 AND is_settled AND due_version = 1"
_TOLD: Final = "SELECT count(*) FROM message WHERE period = $1 AND purpose = 'paid'"


async def run_floor(
    databases: Databases, bootstrap: str, ground: Ground, shape: Shape, workers: int, say: Say
) -> Baseline:
    """Warm up with a few, then measure ``workers`` in the month after. Raises BenchError when rows are missing."""
    elapsed_s = cpu_s = 0.0
    counts = [count for count in (min(shape.warm_up_workers, workers), workers) if count]
    for number, count in enumerate(counts, 1):
        line_id = shape.lines[0].identifier("funding-line")
        month = RivalMonth("floor", shape.months[-1] + number, count, line_id, Path())
        elapsed_s, cpu_s = await run_rivals(bootstrap, ground, month, _roles(databases))
        await _check(databases, month)
    say(f"The floor did {workers:,} workers in {elapsed_s:.1f} s.")
    return Baseline("floor", WHAT, workers, elapsed_s, cpu_s)


def _roles(databases: Databases) -> list[Role]:
    subsidy, enrolment, notification = (
        database_url(databases, name) for name in ("subsidy", "enrolment", "notification")
    )
    return [
        Role("month-branch", subsidy, 1),
        Role("month-floor-cover", enrolment, 2),
        Role("month-floor-notices", notification, 1),
        Role("month-floor-relay", subsidy, 2),
        Role("month-floor-money", subsidy, 2),
    ]


async def _check(databases: Databases, month: RivalMonth) -> None:
    """The floor has to have done the work that it is compared with."""
    for name, question, key in (
        ("enrolment", _COVERED, str(month.month)),
        ("notification", _TOLD, str(month.month)),
    ):
        connection = await asyncpg.connect(database_url(databases, name))
        try:
            found = await connection.fetchval(question, key)
        finally:
            await connection.close()
        if found != month.workers:
            raise BenchError(f"The floor made {found} of {month.workers} rows in {name}, so it measures nothing.")
