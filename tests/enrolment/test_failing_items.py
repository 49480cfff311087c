"""A roster or file on which a job fails again and again: the next is taken, a case says so and closes by itself."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from services.enrolment.handlers.answers import IMPORT_ANSWERS
from services.enrolment.handlers.registration.roster_job import REGISTER_ROSTERS
from services.enrolment.handlers.roster_reading import READ_ROSTERS
from shared.access.roles import Role
from shared.health import Status
from shared.service.jobs import JobRunner
from tests.enrolment.kit import (
    accept,
    accepted_row,
    answer_lines,
    granted,
    list_members,
    put_answer,
    register,
    roster_csv,
    rows,
    show,
    upload,
)
from tests.service_world import ServiceWorld, person

World = ServiceWorld[Any]


class Work:
    """The jobs of the service as the jobs role runs them, one name at a time."""

    def __init__(self, world: World, *names: str) -> None:
        self.world = world
        jobs = [job for job in world.service.jobs_for(world.context) if job.name in names]
        assert len(jobs) == len(names)
        self.runner = JobRunner(world.outbox, jobs, world.clock)

    async def pass_by(self, seconds: float = 1) -> None:
        self.world.clock.advance(timedelta(seconds=seconds))
        for _ in range(3):
            await self.runner.run_due()

    async def fail_again_and_again(self) -> None:
        for seconds in (1, 6, 11):
            await self.pass_by(seconds)

    async def cases(self) -> list[dict[str, Any]]:
        async with self.world.api() as client:
            answer = await client.get("/v1/cases", headers=person("reader", Role.VERIFIER))
        return list(answer.json()["items"])


async def two_rosters(world: World) -> tuple[str, str]:
    async with world.api() as client:
        first, second = [(await upload(client, roster_csv(rows(3, start)))).json()["roster_id"] for start in (0, 100)]
    await world.break_by_hand(
        "UPDATE roster SET uploaded_at = uploaded_at - interval '1 hour' WHERE roster_id = $1", UUID(first)
    )
    return first, second


async def state(world: World, roster_id: str) -> str:
    async with world.api() as client:
        return str((await show(client, roster_id))["state"])


async def test_a_roster_that_cannot_be_read_holds_up_no_other(world: World) -> None:
    bad, good = await two_rosters(world)
    work = Work(world, READ_ROSTERS)
    key = await world.value("SELECT wrapped_key FROM roster WHERE roster_id = $1", UUID(bad))
    await world.break_by_hand("UPDATE roster SET wrapped_key = $2 WHERE roster_id = $1", UUID(bad), b"damaged")
    await work.pass_by()
    assert (await state(world, bad), await state(world, good)) == ("received", "read")
    assert await work.cases() == []
    await work.fail_again_and_again()
    (case,) = await work.cases()
    assert (case["kind"], case["reference"]) == ("roster-failing", bad)
    assert case["details"]["job"] == READ_ROSTERS
    assert set(case["details"]) == {"job", "reason"}, "no text of the error, which may quote data"
    assert (await work.runner.measure()).status is Status.WARNING
    await world.break_by_hand("UPDATE roster SET wrapped_key = $2 WHERE roster_id = $1", UUID(bad), key)
    await work.pass_by(3_000)
    assert await state(world, bad) == "read"
    assert await work.cases() == []
    assert (await work.runner.measure()).status is Status.OK


async def test_a_roster_that_cannot_be_registered_holds_up_no_other(world: World) -> None:
    bad, good = await two_rosters(world)
    work = Work(world, READ_ROSTERS, REGISTER_ROSTERS)
    await work.pass_by()
    key = await world.value("SELECT wrapped_key FROM roster WHERE roster_id = $1", UUID(bad))
    await world.break_by_hand("UPDATE roster SET wrapped_key = $2 WHERE roster_id = $1", UUID(bad), b"damaged")
    async with world.api() as client:
        for roster_id in (bad, good):
            assert (await accept(client, roster_id)).status_code == 202
    await work.fail_again_and_again()
    assert (await state(world, bad), await state(world, good)) == ("accepted", "registered")
    assert [(case["kind"], case["reference"]) for case in await work.cases()] == [("roster-failing", bad)]
    await world.break_by_hand("UPDATE roster SET wrapped_key = $2 WHERE roster_id = $1", UUID(bad), key)
    await work.pass_by(3_000)
    assert await state(world, bad) == "registered"
    assert await work.cases() == []


async def test_a_file_on_which_the_import_fails_holds_up_no_other(world: World, exchange_folder: Path) -> None:
    groups = UUID(int=0xB1), UUID(int=0xB2)
    workers = await register(world, rows(2))
    pairs = list(zip(workers, groups, strict=True))
    await world.feed(*(granted(worker, group_id=group) for worker, group in pairs))
    await list_members(world)
    await world.run_job("write-group-lists")
    for worker, group in pairs:
        put_answer(exchange_folder, answer_lines([accepted_row(worker)]), group_id=group)
    # The first cannot be enrolled, whatever the file says: PostgreSQL refuses the row.
    await world.break_by_hand(f"ALTER TABLE enrolment ADD CONSTRAINT broken CHECK (worker_id <> '{workers[0]}')")
    work = Work(world, IMPORT_ANSWERS)
    await work.fail_again_and_again()
    assert await world.value("SELECT status FROM worker WHERE worker_id = $1", workers[1]) == "enrolled"
    assert [case["kind"] for case in await work.cases()] == ["file-failing"]
    await world.break_by_hand("ALTER TABLE enrolment DROP CONSTRAINT broken")
    await work.pass_by(3_000)
    assert await world.value("SELECT status FROM worker WHERE worker_id = $1", workers[0]) == "enrolled"
    assert await work.cases() == []
