"""A decree, run or file on which a job fails again and again: the next one is taken, a case says so and closes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.subsidy.handlers.failing import ASSESS, GRANT, PAY, SEND
from shared.service.jobs import JobRunner
from tests.subsidy.play import APPROVER, OWNER, TREASURER, Play, fresh_workers


class Work:
    """Jobs as the jobs role runs them."""

    def __init__(self, play: Play, *names: str) -> None:
        self.play = play
        jobs = [job for job in play.world.service.jobs_for(play.world.context) if job.name in names]
        self.runner = JobRunner(play.world.outbox, jobs, play.world.clock)

    async def pass_by(self, seconds: float = 1) -> None:
        self.play.later(seconds)
        for _ in range(3):
            await self.runner.run_due()

    async def fail_again_and_again(self) -> None:
        for seconds in (1, 6, 11):
            await self.pass_by(seconds)


@asynccontextmanager
async def refused(play: Play, table: str, condition: str) -> AsyncIterator[None]:
    """While the block lasts, PostgreSQL takes no change of a row of ``table`` for which ``condition`` holds."""
    name = f"ALTER TABLE {table}"
    await play.world.break_by_hand(f"{name} ADD CONSTRAINT broken CHECK (NOT ({condition})) NOT VALID")
    try:
        yield
    finally:
        await play.world.break_by_hand(f"{name} DROP CONSTRAINT broken")


async def approved_decree(play: Play, line: str, region: str) -> str:
    body = {
        "number": f"SK-{region}",
        "funding_line_id": line,
        "first_month": "2026-10",
        "last_month": "2026-12",
        "region_codes": [region],
    }
    made = await play.done("/decrees", body, OWNER)
    await play.done(f"/decrees/{made['decree_id']}/approval", {"content_sha256": made["content_sha256"]}, APPROVER)
    return str(made["decree_id"])


async def test_a_decree_that_cannot_be_granted_holds_up_no_other(play: Play) -> None:
    for region in ("6402", "6403"):
        await play.verified(fresh_workers(2), region=region)
    line = await play.line()
    bad, good = [await approved_decree(play, line, region) for region in ("6402", "6403")]
    work = Work(play, GRANT)
    async with refused(play, "subsidy_grant", f"decree_id = '{bad}'"):
        await work.pass_by()
        assert (await play.get(f"/decrees/{good}"))["state"] == "granted"
        assert await play.cases("decree-failing") == []
        await work.fail_again_and_again()
    (case,) = await play.cases("decree-failing")
    assert (case["subject"], case["details"]["job"]) == (bad, "grant")
    await work.pass_by(3_000)
    assert (await play.get(f"/decrees/{bad}"))["state"] == "granted"
    assert await play.cases("decree-failing") == []


async def test_a_run_that_cannot_be_assessed_holds_up_no_other(play: Play) -> None:
    lines = []
    for region in ("6402", "6403"):
        workers = fresh_workers(2)
        await play.verified(workers, region=region)
        lines.append(await play.line())
        await approved_decree(play, lines[-1], region)
        await play.enrolled(workers)
    await play.world.run_jobs("grant", rounds=3)
    await play.world.break_by_hand("DELETE FROM changed_worker")
    made = [await play.done("/month-runs", {"funding_line_id": one, "month": "2026-11"}, OWNER) for one in lines]
    bad, good = [one["month_run_id"] for one in made]
    work = Work(play, ASSESS)
    async with refused(play, "contribution", f"month_run_id = '{bad}'"):
        await work.fail_again_and_again()
    assert (await play.get(f"/month-runs/{good}"))["due"] == 2
    assert [case["subject"] for case in await play.cases("run-failing")] == [bad]
    await work.pass_by(3_000)
    assert (await play.get(f"/month-runs/{bad}"))["due"] == 2
    assert await play.cases("run-failing") == []


async def test_a_request_that_cannot_be_written_holds_up_no_payment_order(play: Play) -> None:
    _, bill, _ = await play.billed(2)
    made = await play.done(f"/bills/{bill}/disbursements", {"document_number": "SPP-9"}, TREASURER)
    path = f"/disbursements/{made['disbursement_id']}"
    await play.done(f"{path}/approval", {"document_number": "SPM-9"}, APPROVER)
    _, run, _ = await play.funded(2)
    cut = await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    await play.done(f"{path}/sp2d", {"document_number": "SP2D-9", "instructed_on": "2026-11-10"}, TREASURER)
    work = Work(play, SEND)
    async with refused(play, "bill", f"bill_id = '{cut['bill_id']}' AND state = 'requested'"):
        await work.fail_again_and_again()
        assert (play.folder / "out" / f"payment_{made['disbursement_id']}.csv").exists()
    assert [case["subject"] for case in await play.cases("sending-failing")] == [cut["bill_id"]]
    await work.pass_by(3_000)
    assert (await play.get(f"/bills/{cut['bill_id']}"))["state"] == "requested"
    assert await play.cases("sending-failing") == []


async def test_a_confirmation_that_cannot_be_booked_is_a_case_until_it_can(play: Play) -> None:
    _, disbursement, _ = await play.instructed(2)
    play.confirm(disbursement)
    await play.world.run_jobs("receive", rounds=2)
    work = Work(play, PAY)
    async with refused(play, "payment_line", f"disbursement_id = '{disbursement}'"):
        await work.fail_again_and_again()
        assert len(await play.cases("paying-failing")) == 1
    await work.pass_by(3_000)
    assert (await play.get(f"/disbursements/{disbursement}"))["state"] == "paid"
    assert await play.cases("paying-failing") == []
