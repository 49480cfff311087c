"""Whatever runs at once, money is conserved: real connections, real locks, many attempts."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from services.subsidy import store
from services.subsidy.app import RULEBOOK
from services.subsidy.handlers import confirmations, decrees, runs
from services.subsidy.handlers.assessing import assess_candidates
from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.contribution_unfunded import ContributionUnfunded
from shared.contracts.events.subsidy_granted import SubsidyGranted
from shared.messaging.outbox import UnitOfWork
from tests.subsidy.play import APPROVER, BAND_1_RUPIAH, OWNER, TREASURER, Play, fresh_workers
from tests.subsidy.test_funding import amend


async def assess_until_done(play: Play, chunk: int) -> None:
    """What the job does, without the job's lock that lets one process work at a time."""
    while True:
        async with play.world.outbox.unit_of_work() as uow:
            if not await runs.assess_next(uow, RULEBOOK, chunk) and not await runs.assess_changed(uow, RULEBOOK, chunk):
                return


async def test_one_run_worked_on_by_four_at_once_never_overspends(play: Play) -> None:
    workers = fresh_workers(40)
    await play.verified(workers)
    line = await play.line(amounts_rupiah={"JKK": 25 * 10_000, "JKM": 31 * 6_800})
    await play.decree(line)
    await play.enrolled(workers)
    run = (await play.done("/month-runs", {"funding_line_id": line, "month": "2026-11"}, OWNER))["month_run_id"]
    await asyncio.gather(*(assess_until_done(play, 7) for _ in range(4)))
    shown = await play.get(f"/month-runs/{run}")
    assert (shown["due"], shown["unfunded_by_reason"]) == (25, {"budget-exhausted": 15})
    assert len({event.worker_id for event in await play.world.emitted(ContributionDue)}) == 25
    balances = await play.balances(line)
    assert (balances["reserved"], balances["available"]) == (25 * BAND_1_RUPIAH, 6 * 6_800)
    assert await play.broken() == {}


async def test_runs_of_two_lines_at_once_never_pay_a_worker_twice(play: Play) -> None:
    workers = fresh_workers(60)
    await play.verified(workers)
    lines = [
        await play.line(amounts_rupiah={"JKK": 10_000 * budget, "JKM": 6_800 * budget}) for budget in (1000, 45, 20)
    ]
    for line in lines:
        await play.decree(line, include_already_granted=True)
    await play.enrolled(workers)
    made = [await play.done("/month-runs", {"funding_line_id": line, "month": "2026-11"}, OWNER) for line in lines]
    await asyncio.gather(*(one_run(play, line, run["month_run_id"]) for line, run in zip(lines, made, strict=True)))
    due = await play.world.emitted(ContributionDue)
    assert sorted(event.worker_id for event in due) == workers, "each is paid by exactly one line"
    counts = [await play.get(f"/month-runs/{run['month_run_id']}") for run in made]
    assert sum(count["due"] for count in counts) == 60
    assert all(count["due"] + count["unfunded"] == 60 for count in counts)
    unfunded = await play.world.emitted(ContributionUnfunded)
    assert {event.reason for event in unfunded} <= {"payer-conflict", "budget-exhausted"}
    assert await play.broken() == {}


async def one_chunk(uow: UnitOfWork, line: str, run: str, limit: int) -> bool:
    """Assess the next workers of one run, as a process of its own would. False at the end."""
    locked = await store.funding.lock(uow, UUID(line))
    assert locked is not None
    now = await store.runs.lock(uow, UUID(run))
    found = await store.candidates.after(uow, now, limit)
    await assess_candidates(uow, locked, now, [alike for alike in found if not alike.has_line], RULEBOOK)
    cursor = max((worker_id for alike in found for worker_id, _ in alike.workers), default=None)
    await store.runs.advance(uow, now.month_run_id, cursor, assessing=bool(found))
    return bool(found)


async def one_run(play: Play, line: str, run: str) -> None:
    """Work through one run in small chunks."""
    more = True
    while more:
        async with play.world.outbox.unit_of_work() as uow:
            more = await one_chunk(uow, line, run, 5)


async def test_a_claim_waits_for_the_payer_that_was_first_and_then_yields(play: Play) -> None:
    workers = fresh_workers(5)
    await play.verified(workers)
    lines = [await play.line(), await play.line(amounts_rupiah={"JKK": 40_000, "JKM": 40_000})]
    await play.decree(lines[0], max_workers=3)
    await play.decree(lines[1], include_already_granted=True)
    await play.enrolled(workers)
    made = [await play.done("/month-runs", {"funding_line_id": line, "month": "2026-11"}, OWNER) for line in lines]
    first, second = (run["month_run_id"] for run in made)
    async with play.world.outbox.unit_of_work() as uow:
        await one_chunk(uow, lines[0], first, 5)
        other = asyncio.create_task(one_run(play, lines[1], second))
        await asyncio.sleep(0.3)
        assert not other.done(), "nobody knows yet whether the first payer will pay"
    await other
    shown = await play.get(f"/month-runs/{second}")
    assert (shown["due"], shown["unfunded_by_reason"]) == (2, {"payer-conflict": 3}), "what is freed goes to the next"
    assert len(await play.world.emitted(ContributionDue)) == 5
    assert await play.broken() == {}


async def test_a_decree_granted_by_three_at_once_grants_each_worker_once(play: Play) -> None:
    workers = fresh_workers(30)
    await play.verified(workers)
    line = await play.line()
    body = {
        "number": "SK-1",
        "funding_line_id": line,
        "first_month": "2026-10",
        "last_month": "2026-12",
        "region_codes": ["64"],
    }
    made = await play.done("/decrees", body, OWNER)
    await play.done(f"/decrees/{made['decree_id']}/approval", {"content_sha256": made["content_sha256"]}, APPROVER)

    async def grant() -> None:
        while True:
            async with play.world.outbox.unit_of_work() as uow:
                if not await decrees.grant_next(uow, 4):
                    return

    await asyncio.gather(*(grant() for _ in range(3)))
    assert sorted(event.worker_id for event in await play.world.emitted(SubsidyGranted)) == workers
    assert await play.broken() == {}


async def test_a_budget_that_is_cut_while_it_is_used_is_never_overspent(play: Play) -> None:
    workers = fresh_workers(40)
    await play.verified(workers)
    line = await play.line(amounts_rupiah={"JKK": 400_000, "JKM": 272_000})
    await play.decree(line)
    await play.enrolled(workers)
    await play.done("/month-runs", {"funding_line_id": line, "month": "2026-11"}, OWNER)
    budgets = [(300_000, 204_000), (200_000, 136_000), (350_000, 272_000), (100_000, 68_000)]
    await asyncio.gather(assess_until_done(play, 3), *(amend(play, line, *budget) for budget in budgets))
    await assess_until_done(play, 100)
    assert await play.broken() == {}


async def test_two_treasurers_cut_one_bill(play: Play) -> None:
    _, run, _ = await play.funded(5)
    answers = await asyncio.gather(*(play.post(f"/month-runs/{run}/bills", {}, TREASURER) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await play.world.value("SELECT count(*) FROM bill") == 1
    assert await play.broken() == {}


async def test_one_confirmation_paid_by_three_at_once_is_paid_once(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    _, disbursement, workers = await play.instructed(12)
    play.confirm(disbursement)
    await play.read_in_pieces(monkeypatch, 3, runs=5)

    async def pay() -> None:
        while True:
            async with play.world.outbox.unit_of_work() as uow:
                if not await confirmations.pay_next(uow, 3):
                    return

    await asyncio.gather(*(pay() for _ in range(3)))
    assert sorted(event.worker_id for event in await play.world.emitted(ContributionPaid)) == workers
    assert await play.broken() == {}
