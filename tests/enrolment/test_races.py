"""Work at the same moment: whoever comes second must see what the first one did."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from services.enrolment.store import check_lists, lapse
from shared.contracts.events.worker_lapsing import WorkerLapsing
from tests.enrolment.kit import accept, enrol, read, register, roster_csv, rows
from tests.enrolment.test_cover import due, paid
from tests.enrolment.test_registering import add_list
from tests.service_world import ServiceWorld

World = ServiceWorld[Any]


async def _done_or_waiting(world: World, task: asyncio.Task[Any]) -> None:
    """Until the task is done, or waits for a lock in the database."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while not task.done() and not await world.value(waiting):
        await asyncio.sleep(0.05)


async def test_a_list_and_a_registration_at_once_miss_nobody(world: World, monkeypatch: Any) -> None:
    """The registration has looked at the lists and is not committed: the list must wait, then open a case."""
    roster = await read(world, roster_csv(rows(2)))
    async with world.api() as client:
        await accept(client, roster["roster_id"])
    has_looked, may_go_on = asyncio.Event(), asyncio.Event()
    looks = check_lists.find_kinds

    async def looks_slowly(*arguments: Any) -> Any:
        found = await looks(*arguments)
        has_looked.set()
        await may_go_on.wait()
        return found

    monkeypatch.setattr(check_lists, "find_kinds", looks_slowly)
    registering = asyncio.create_task(world.run_job("register-rosters"))
    await has_looked.wait()
    adding = asyncio.create_task(add_list(world, "deceased", rows(1)[0].nik))
    await _done_or_waiting(world, adding)
    may_go_on.set()
    await asyncio.gather(registering, adding)
    assert await world.value("SELECT count(*) FROM worker WHERE decision = 'verified'") == 2
    assert await world.value("SELECT count(*) FROM review_case WHERE kind = 'on-list-deceased'") == 1


async def test_nobody_is_warned_of_a_month_whose_payment_was_kept_before(
    world: World, exchange_folder: Path, monkeypatch: Any
) -> None:
    """The clock has begun. A payment either was kept before it looked, or waits until the warning stands."""
    workers = await register(world, rows(2))
    await enrol(world, exchange_folder, workers)
    await world.feed(due(workers[0]), due(workers[1]))
    has_looked, may_go_on = asyncio.Event(), asyncio.Event()
    looks = lapse.lock_standings

    async def looks_slowly(*arguments: Any) -> Any:
        found = await looks(*arguments)
        has_looked.set()
        await may_go_on.wait()
        return found

    monkeypatch.setattr(lapse, "lock_standings", looks_slowly)
    ticking = asyncio.create_task(world.run_job("lapse-clock", "2026-11-17"))
    await has_looked.wait()
    paying = asyncio.create_task(world.feed(paid(workers[0])))
    await _done_or_waiting(world, paying)
    assert not paying.done()
    may_go_on.set()
    await asyncio.gather(ticking, paying)
    assert len(await world.emitted(WorkerLapsing)) == 2
    monkeypatch.setattr(lapse, "lock_standings", looks)
    await world.run_job("lapse-clock", "2026-11-18")
    found = await world.rows("SELECT status FROM worker ORDER BY row_number")
    assert [row["status"] for row in found] == ["enrolled", "lapsing"]


async def test_two_runs_of_every_job_at_once_do_everything_once(world: World, exchange_folder: Path) -> None:
    """As two processes do it: each takes the job's lock, or leaves the work to the other."""
    from shared.service.jobs import runner

    roster = await read(world, roster_csv(rows(20)))
    async with world.api() as client:
        await accept(client, roster["roster_id"])
    jobs = [job for job in world.service.jobs_for(world.context) if job.name != "lapse-clock"]
    for _ in range(3):
        both = [runner.JobRunner(world.outbox, jobs, world.clock) for _ in range(2)]
        await asyncio.gather(*(one.run_due() for one in both))
        world.clock.advance(timedelta(seconds=1))
    assert await world.value("SELECT count(*) FROM worker") == 20
    assert await world.value("SELECT count(DISTINCT nik_token) FROM person") == 20
    assert await world.value("SELECT count(*) FROM decision") == 20
