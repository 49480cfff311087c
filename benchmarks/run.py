"""Runs one benchmark from start to end: finds or starts a stack, measures within a time limit, cleans up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import uvloop

from benchmarks.arena import Arena, borrowed_or_own_stack
from benchmarks.consume import bench_consume
from benchmarks.contestant import BenchError
from benchmarks.relay import bench_relay
from benchmarks.report import Report, describe_machine
from deploy.local.stack import Say, Stack, silent
from shared.database import Database

BenchName = Literal["relay", "consume"]

# Of fewer there is no steady rate: the floor takes 5,000 records at once.
FEWEST_EVENTS: dict[BenchName, int] = {"relay": 1000, "consume": 20_000}
LEAST_EVENTS_PER_S = 1000
FIXED_LIMIT_S = 180


def bench(name: BenchName, *, events: int, repeats: int, home: Path, say: Say = silent) -> Report:
    """Run the benchmark ``name`` on the stack that runs in ``home``, or on one started for it and gone afterwards.

    Raises BenchError or LocalRunError if it could not be carried out; the text says what to do.
    """
    _check(name, events, repeats)
    logging.getLogger("aiokafka").setLevel(logging.ERROR)  # a new topic has no leader for a moment; it retries
    with (
        borrowed_or_own_stack(home, say) as stack,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(measure(name, stack, events=events, repeats=repeats, say=say))


async def measure(name: BenchName, stack: Stack, *, events: int, repeats: int = 3, say: Say = silent) -> Report:
    """The same on a given stack."""
    _check(name, events, repeats)
    arena = Arena.of(stack)
    load_before = os.getloadavg()[0]
    limit_s = repeats * (FIXED_LIMIT_S + events / LEAST_EVENTS_PER_S)
    try:
        async with asyncio.timeout(limit_s):
            contest = bench_relay if name == "relay" else bench_consume
            scores, remarks = await contest(arena, events, repeats, say)
            machine = describe_machine(arena.broker_kind, await postgresql_version(arena), load_before)
    except TimeoutError:
        raise BenchError(f"Not done after {limit_s:.0f} s; give fewer events or a quieter machine.") from None
    return Report(name, scores, machine, remarks, repeats_are_faults=name == "consume")


def _check(name: BenchName, events: int, repeats: int) -> None:
    if events < FEWEST_EVENTS[name] or repeats < 1:
        raise BenchError(f"Give `{name}` at least {FEWEST_EVENTS[name]:,} events and one repeat; fewer say nothing.")


@contextlib.contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """Clean up after SIGTERM as after Ctrl+C: the databases may lie on somebody's running server."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


async def postgresql_version(arena: Arena) -> str:
    """What the server of ``arena`` calls itself."""
    async with arena.database() as url:
        database = Database(url)
        try:
            async with database.transaction() as tx:
                return str(await tx.fetch_value("SHOW server_version"))
        finally:
            await database.close()
