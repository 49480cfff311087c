"""`python -m benchmarks consume`: inbox, state and one event out for each event in, ours and two others in turn."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace

from benchmarks import load
from benchmarks.arena import Arena
from benchmarks.assignment import Assignment, Sample
from benchmarks.contestant import BenchError, Contestant, running, until_done
from benchmarks.history import Verdict, applied, judge
from benchmarks.load import History
from benchmarks.plain import create_plain_tables
from benchmarks.relay import share
from benchmarks.report import Attempt, Score
from benchmarks.world import World, create_tables
from deploy.local.stack import Say
from shared.database import Database

PLAIN_EVENTS = (500, 2000)


def steady_rate(samples: Sequence[Sample]) -> float:
    """Events per second from the first applied batch to the last. There must be several batches."""
    working = [sample for sample in samples if sample.done > 0]
    first, last = working[0], working[-1]
    if last.done == first.done:
        raise BenchError("All events came in one batch, so there is no steady rate; give more events.")
    return (last.done - first.done) / (last.at_s - first.at_s)


async def _run(arena: Arena, world: World, role: str, url: str, events: int) -> Attempt:
    group = f"{role}-{world.suffix}-{secrets.token_hex(3)}"
    async with running(Assignment(role, arena.bootstrap, url, world.suffix, group=group)) as contestants:
        finished_s = await until_done(contestants, events)
        contestant: Contestant = contestants[0]
    with_start = events / (finished_s - contestant.started_s)
    samples = [sample for sample in contestant.samples if sample.at_s <= finished_s]
    return Attempt(steady_rate(samples), events_per_s_with_start=with_start)


async def _verdict(url: str, history: History) -> Verdict:
    """Whether each event has had its effect once, in order, with one event out and its id in the inbox."""
    database = Database(url)
    try:
        verdict = judge(await applied(database), history.expected)
        async with database.transaction() as tx:
            out = int(await tx.fetch_value("SELECT count(*) FROM outbox"))
            known = int(await tx.fetch_value("SELECT count(*) FROM inbox"))
    finally:
        await database.close()
    return replace(
        verdict,
        lost=max(verdict.lost, history.made - out, history.made - known),
        from_nothing=max(verdict.from_nothing, out - history.made),
    )


async def measure_batches(arena: Arena, world: World, history: History, role: str) -> Attempt:
    """Ours or the floor: the whole topic into a fresh database, judged afterwards."""
    async with arena.database() as url:
        database = Database(url)
        await create_tables(database)
        await database.close()
        attempt = await _run(arena, world, role, url, history.made)
        return replace(attempt, verdict=await _verdict(url, history))


async def measure_plain(arena: Arena, world: World, events: int) -> Attempt:
    """One message at a time, the first ``events`` of the topic."""
    async with arena.database() as url:
        await create_plain_tables(url)
        return await _run(arena, world, "plain-consume", url, events)


async def bench_consume(arena: Arena, events: int, repeats: int, say: Say) -> tuple[list[Score], list[str]]:
    """Measure all in turn, ``repeats`` times. Gives the scores, ours first, and remarks for people."""
    few = share(events, *PLAIN_EVENTS)
    our_score = Score("ours", "Payung: 1 worker; checks, inbox, set-based state, outbox", events)
    floor_score = Score("floor", "floor: raw getmany(5,000), the same rows in one transaction, no checks", events)
    plain_score = Score("plain", "plain: FastStream handler + SQLModel session + publish per message", few)
    async with arena.world() as world:
        history = History(world)
        await load.fill_topic(arena.bootstrap, world, history, events)
        for repeat in range(repeats):
            for score in (our_score, floor_score, plain_score):
                started_s = time.monotonic()
                if score is plain_score:
                    attempt = await measure_plain(arena, world, few)
                else:
                    attempt = await measure_batches(arena, world, history, f"{score.name}-consume")
                score.attempts.append(attempt)
                say(
                    f"{repeat + 1}/{repeats} {score.name}: {attempt.events_per_s:,.0f} events/s"
                    f" (took {time.monotonic() - started_s:.0f} s)"
                )
    remarks = [
        f"Rates run from the first applied batch to the last of a topic with {world.partitions} partitions; with the"
        f" start of the process ours is {our_score.events_per_s_with_start or 0:,.0f} events/s. Plain code got {few:,}"
        " events; its rate is taken to hold for more. It keeps no inbox."
    ]
    return [our_score, floor_score, plain_score], remarks
