"""Runs the processes of another way through a month and takes the time."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.assignment import Assignment
from benchmarks.contestant import BenchError, Contestant, running
from benchmarks.month.profile import Ground, busy_s
from benchmarks.month.rival import GO, PARTITIONS, RivalMonth
from benchmarks.world import create_topics

_POLL_S: Final = 0.02
_LIMIT_S: Final = 900.0
# Readers have found their partitions after this.
_SETTLED_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Role:
    """A process: its role, the address of its database, and how often its ``done`` counts each worker."""

    name: str
    url: str
    times: int


async def run_rivals(bootstrap: str, ground: Ground, month: RivalMonth, roles: Sequence[Role]) -> tuple[float, float]:
    """Seconds from the first read until every role has done its part for every worker, and seconds of the processors.

    ``month.folder`` is made here. Raises BenchError when a process ends or the month takes too long.
    """
    with tempfile.TemporaryDirectory(prefix=f"payung-{month.way}-") as folder:
        month = replace(month, folder=Path(folder))
        try:
            await create_topics(bootstrap, [month.due_topic, month.paid_topic], PARTITIONS)
        except TimeoutError as error:
            raise BenchError(str(error)) from error
        assignments = [
            Assignment(role.name, bootstrap, role.url, "", group=role.name, more=month.to_orders()) for role in roles
        ]
        wanted = {role.name: role.times * month.workers for role in roles}
        async with running(*assignments) as contestants:
            await asyncio.sleep(_SETTLED_S)
            profiler = ground.profiler({one.role: one.pid for one in contestants})
            profiler.start()
            began_s = time.monotonic()
            month.file(GO).touch()
            await _until_through(contestants, wanted)
            usage = profiler.stop()
            return max(one.latest.at_s for one in contestants) - began_s, busy_s(usage)


async def _until_through(contestants: Sequence[Contestant], wanted: Mapping[str, int]) -> None:
    give_up_at = time.monotonic() + _LIMIT_S
    while any(one.latest.done < wanted[one.role] for one in contestants):
        for contestant in contestants:
            contestant.check_alive()
        if time.monotonic() > give_up_at:
            figures = ", ".join(f"{one.role} {one.latest.done} of {wanted[one.role]}" for one in contestants)
            raise BenchError(f"Not done after {_LIMIT_S:.0f} s: {figures}.")
        await asyncio.sleep(_POLL_S)
