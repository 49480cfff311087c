"""`python -m benchmarks relay`: from the commit of many events to the empty outbox, ours and three others in turn."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from benchmarks import floor, library, load, ours
from benchmarks.arena import Arena
from benchmarks.assignment import Assignment
from benchmarks.contestant import BenchError, running, until_done
from benchmarks.history import Judge, follow_topic
from benchmarks.load import History
from benchmarks.plain import create_plain_tables
from benchmarks.report import Attempt, Score
from benchmarks.world import World, create_tables
from deploy.local.stack import Say
from shared.database import Database

WARM_UP_EVENTS = 20_000
# Slow ones get fewer events: enough for a steady rate.
PLAIN_EVENTS = (500, 3000)
LIBRARY_EVENTS = (1000, 5000)
LEFT = "SELECT count(*) FROM"

Fill = Callable[[World, Database, History, int], Awaitable[float]]


@contextlib.asynccontextmanager
async def _field(arena: Arena) -> AsyncIterator[tuple[World, Database]]:
    """Fresh topics and a fresh database for one attempt."""
    async with arena.world() as world, arena.database() as url:
        database = Database(url)
        try:
            yield world, database
        finally:
            await database.close()


async def _attempt(
    world: World, database: Database, assignments: list[Assignment], fill: Fill, warm_up_events: int, events: int
) -> tuple[float, History]:
    """Let the processes warm up, fill, and measure from the commit until all is done. Gives events/s."""
    history = History(world)
    async with running(*assignments) as contestants:
        await fill(world, database, history, warm_up_events)
        await until_done(contestants, warm_up_events)
        before_commit_s = await fill(world, database, history, events)
        finished_s = await until_done(contestants, warm_up_events + events)
    return events / (finished_s - before_commit_s), history


async def _check_empty(database: Database, table: str, condition: str = "") -> None:
    async with database.transaction() as tx:
        left = await tx.fetch_value(f"{LEFT} {table} {condition}")
    if left:
        raise BenchError(f"{left} events are still in {table} although all were counted as sent: a fault of the count.")


async def _judge(arena: Arena, world: World, history: History) -> Judge:
    judge = Judge()
    async for key, version in follow_topic(arena.bootstrap, world.moved.TOPIC, world.partitions):
        judge.see(key, version)
    return judge


async def measure_ours(arena: Arena, events: int) -> Attempt:
    """Two relay processes, each with its half of the slots."""

    async def fill(world: World, database: Database, history: History, count: int) -> float:
        return await load.fill_outbox(world.writer(database), history, count)

    async with _field(arena) as (world, database):
        await create_tables(database)
        relays = [Assignment("ours-relay", arena.bootstrap, database.url, world.suffix)] * ours.RELAYS
        rate, history = await _attempt(world, database, relays, fill, min(events, WARM_UP_EVENTS), events)
        await _check_empty(database, "outbox")
        judge = await _judge(arena, world, history)
        return Attempt(rate, judge.verdict(history.expected))


async def measure_floor(arena: Arena, events: int) -> Attempt:
    """Two raw processes, each with its half of the keys."""

    async def fill(_: World, database: Database, history: History, count: int) -> float:
        return await load.fill_floor_table(database, history, count)

    async with _field(arena) as (world, database):
        async with database.transaction() as tx:
            await tx.run(floor.RELAY_TABLE)
        halves = [
            Assignment("floor-relay", arena.bootstrap, database.url, world.suffix, part=part)
            for part in range(floor.PARTS)
        ]
        rate, history = await _attempt(world, database, halves, fill, min(events, WARM_UP_EVENTS), events)
        await _check_empty(database, "floor_outbox")
        judge = await _judge(arena, world, history)
        return Attempt(rate, judge.verdict(history.expected))


async def measure_plain(arena: Arena, events: int) -> Attempt:
    """One process, one row and one message at a time."""

    async def fill(_: World, database: Database, history: History, count: int) -> float:
        return await load.fill_plain_table(database, history, count)

    async with _field(arena) as (world, database):
        await create_plain_tables(database.url)
        process = Assignment("plain-relay", arena.bootstrap, database.url, world.suffix)
        rate, history = await _attempt(world, database, [process], fill, 100, events)
        await _check_empty(database, "plain_outbox", "WHERE NOT published")
        judge = await _judge(arena, world, history)
        return Attempt(rate, judge.verdict(history.expected))


async def measure_library(arena: Arena, events: int) -> Attempt:
    """One process, eight workers. Its records have no key, so there is no order to judge."""

    async def fill(_: World, database: Database, history: History, count: int) -> float:
        return await load.fill_library_table(database.url, history, count)

    async with _field(arena) as (world, database):
        await library.create_library_table(database.url)
        process = Assignment("library-relay", arena.bootstrap, database.url, world.suffix)
        rate, _ = await _attempt(world, database, [process], fill, 100, events)
        await _check_empty(database, library.TABLE)
        return Attempt(rate)


def share(events: int, least: int, most: int) -> int:
    """How many of ``events`` a slow contestant gets."""
    return max(least, min(most, events // 40))


async def bench_relay(arena: Arena, events: int, repeats: int, say: Say) -> tuple[list[Score], list[str]]:
    """Measure all in turn, ``repeats`` times. Gives the scores, ours first, and remarks for people."""
    few, some = share(events, *PLAIN_EVENTS), share(events, *LIBRARY_EVENTS)
    entries = [
        (Score("ours", "Payung: 2 relays, hash slots, order per key", events), measure_ours),
        (Score("floor", "floor: 2 raw asyncpg + aiokafka processes, no locks, no rules", events), measure_floor),
        (Score("plain", "plain: SQLModel session + FastStream publish per message", few), measure_plain),
        (Score("faststream_outbox", f"{library.describe()}, as its README shows", some), measure_library),
    ]
    remarks = [
        "Rates run from just before the commit that makes the events visible to the last one confirmed by Kafka and"
        f" out of the table. Plain code got {few:,} events and faststream-outbox {some:,}; their rates are taken to"
        " hold for more."
    ]
    if not library.is_installed():
        remarks.append(
            "faststream-outbox is not installed (pip install 'payung[development]'), so its ratio is missing."
        )
    for repeat in range(repeats):
        for score, measure in entries:
            if score.name == "faststream_outbox" and not library.is_installed():
                continue
            started_s = time.monotonic()
            score.attempts.append(await measure(arena, score.events))
            say(
                f"{repeat + 1}/{repeats} {score.name}: {score.attempts[-1].events_per_s:,.0f} events/s"
                f" (took {time.monotonic() - started_s:.0f} s)"
            )
    return [score for score, _ in entries], remarks
