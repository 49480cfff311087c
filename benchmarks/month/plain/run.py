"""Runs the plain month, of few workers, in databases of its own."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from benchmarks.month.contest import Role, run_rivals
from benchmarks.month.plain.tables import fill, make_tables
from benchmarks.month.profile import Ground
from benchmarks.month.result import Baseline
from benchmarks.month.rival import RivalMonth
from benchmarks.month.shape import Shape
from deploy.local.postgres import Databases
from deploy.local.stack import Say

WHAT: Final = "plain (FastStream handlers, SQLModel sessions, one message and one transaction at a time)"


async def run_plain(
    databases: Databases, bootstrap: str, ground: Ground, shape: Shape, workers: int, say: Say
) -> Baseline:
    """Measure ``workers`` one by one. Raises BenchError."""
    async with AsyncExitStack() as made:
        urls = []
        for _ in range(3):
            name, url = await asyncio.to_thread(databases.create_temporary, "plain")
            made.push_async_callback(asyncio.to_thread, databases.drop, name)
            await make_tables(url)
            urls.append(url)
        money, cover, notices = urls
        await fill(money, workers)
        roles = [
            Role("month-branch", money, 1),
            Role("month-plain-cover", cover, 2),
            Role("month-plain-notices", notices, 1),
            Role("month-plain-money", money, 2),
        ]
        month = RivalMonth("plain", shape.months[-1], workers, shape.lines[0].identifier("funding-line"), Path())
        elapsed_s, cpu_s = await run_rivals(bootstrap, ground, month, roles)
    say(f"Plain code did {workers:,} workers in {elapsed_s:.1f} s.")
    return Baseline("plain", WHAT, workers, elapsed_s, cpu_s)
