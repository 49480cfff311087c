"""Runs the floor's month on the stack of ours, once ours is over, and counts what it has made."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.bench.assignment import Assignment
from deploy.bench.contestant import BenchError, Contestant, running
from deploy.bench.month.floor.money import GO
from deploy.bench.month.floor.world import PARTITIONS, FloorMonth
from deploy.bench.month.result import Baseline
from deploy.bench.month.seed import database_url
from deploy.bench.month.shape import Shape
from deploy.local.postgres import Databases
from deploy.local.stack import Say

WHAT: Final = "floor (raw asyncpg and aiokafka, five processes, no rule)"
_POLL_S: Final = 0.02
_LIMIT_S: Final = 900.0
_ROLES: Final = (
    ("month-floor-branch", "subsidy"),
    ("month-floor-cover", "enrolment"),
    ("month-floor-notices", "notification"),
    ("month-floor-relay", "subsidy"),
    ("month-floor-money", "subsidy"),
)
_COVERED: Final = "SELECT count(*) FROM cover_line WHERE month = $1 AND is_settled AND due_version = 1"
_TOLD: Final = "SELECT count(*) FROM message WHERE period = $1 AND purpose = 'paid'"


async def run_floor(databases: Databases, bootstrap: str, shape: Shape, workers: int, say: Say) -> Baseline:
    """Warm up with a few, then measure ``workers`` in the month after. Raises BenchError when rows are missing."""
    first = shape.months[-1] + 1
    few = min(shape.warm_up_workers or workers, workers)
    await _run(databases, bootstrap, shape, few, 0)
    elapsed_s = await _run(databases, bootstrap, shape, workers, 1)
    say(f"{first + 1}: the floor did {workers:,} workers in {elapsed_s:.1f} s.")
    return Baseline("floor", WHAT, workers, elapsed_s)


async def _run(databases: Databases, bootstrap: str, shape: Shape, workers: int, number: int) -> float:
    with tempfile.TemporaryDirectory(prefix="payung-floor-") as folder:
        line_id = shape.lines[0].identifier("funding-line")
        month = FloorMonth(shape.months[-1] + 1 + number, workers, line_id, Path(folder))
        await _make_topics(bootstrap, month)
        assignments = [
            Assignment(role, bootstrap, database_url(databases, name), "", group=role, more=month.to_orders())
            for role, name in _ROLES
        ]
        async with running(*assignments) as contestants:
            await asyncio.sleep(0.5)  # readers have found their partitions
            began_s = time.monotonic()
            month.file(GO).touch()
            await _until_through(contestants, workers)
            elapsed_s = max(one.latest.at_s for one in contestants) - began_s
        await _check(databases, month)
    return elapsed_s


async def _until_through(contestants: Sequence[Contestant], workers: int) -> None:
    """Until every line is settled and every message queued."""
    wanted = {"month-floor-cover": 2 * workers, "month-floor-notices": workers, "month-floor-money": 2 * workers}
    give_up_at = time.monotonic() + _LIMIT_S
    while any(one.latest.done < wanted.get(one.role, 0) for one in contestants):
        for contestant in contestants:
            contestant.check_alive()
        if time.monotonic() > give_up_at:
            figures = ", ".join(f"{one.role} {one.latest.done}" for one in contestants)
            raise BenchError(f"The floor is not done after {_LIMIT_S:.0f} s: {figures}.")
        await asyncio.sleep(_POLL_S)


async def _make_topics(bootstrap: str, month: FloorMonth) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        names = [month.due_topic, month.paid_topic]
        await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
        for _ in range(100):
            described = await admin.describe_topics(names)
            if all(not item["error_code"] and len(item["partitions"]) == PARTITIONS for item in described):
                return
            await asyncio.sleep(0.05)
        raise BenchError("The broker did not serve the floor's topics within 5 s.")
    finally:
        await admin.close()


async def _check(databases: Databases, month: FloorMonth) -> None:
    """The floor has to have done the work that it is compared with."""
    for name, question in (("enrolment", _COVERED), ("notification", _TOLD)):
        connection = await asyncpg.connect(database_url(databases, name))
        try:
            found = await connection.fetchval(question, month.month.first_day)
        finally:
            await connection.close()
        if found != month.workers:
            raise BenchError(f"The floor made {found} of {month.workers} rows in {name}; it says nothing like that.")
