"""The month run: each granted and enrolled worker has the month once, or a reason, and late ones are picked up."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.subsidy.app import RULEBOOK
from services.subsidy.handlers import runs
from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.contribution_unfunded import ContributionUnfunded
from shared.contracts.events.worker_employed import WorkerEmployed
from shared.contracts.events.worker_exited import WorkerExited
from shared.contracts.events.worker_rejected import WorkerRejected
from shared.ids import EmployerId
from shared.periods import Month
from tests.service_world import person
from tests.subsidy.play import AUDITOR, BAND_1_RUPIAH, IDS, OWNER, TREASURER, Play, fresh_workers, verified


async def test_a_month_is_assessed_in_chunks_each_worker_once(play: Play) -> None:
    workers = fresh_workers(7)
    await play.verified(workers)
    line = await play.line()
    await play.decree(line)
    await play.enrolled(workers[:6])
    opened = await play.done("/month-runs", {"funding_line_id": line, "month": "2026-11"}, OWNER)
    assert (opened["state"], opened["assessing"], opened["candidates"]) == ("open", True, 7)
    for _ in range(5):
        async with play.world.outbox.unit_of_work() as uow:
            await runs.assess_next(uow, RULEBOOK, 3)
            await runs.assess_changed(uow, RULEBOOK, 2)
    due = await play.world.emitted(ContributionDue)
    assert [event.worker_id for event in due] == workers[:6]
    shown = await play.get(f"/month-runs/{opened['month_run_id']}")
    assert (shown["assessing"], shown["due"], shown["waiting"]) == (False, 6, 1)
    assert shown["amounts_rupiah"] == {"JKK": 60_000, "JKM": 40_800}
    assert await play.broken() == {}
    facts = await play.world.facts("contribution.due", "source", play.reports)
    assert facts[str(due[0].contribution_id)] == f"{workers[0]}|2026-11|{BAND_1_RUPIAH}"


async def test_a_pass_ends_with_its_last_worker(play: Play) -> None:
    workers = fresh_workers(6)
    await play.verified(workers)
    line = await play.line()
    await play.decree(line)
    await play.enrolled(workers)
    opened = await play.done("/month-runs", {"funding_line_id": line, "month": "2026-11"}, OWNER)
    for assessing in (True, False):
        async with play.world.outbox.unit_of_work() as uow:
            assert await runs.assess_next(uow, RULEBOOK, 3) == 3
        assert (await play.get(f"/month-runs/{opened['month_run_id']}"))["assessing"] is assessing


async def test_a_run_is_known_by_line_and_month(play: Play) -> None:
    line, run, _ = await play.funded(1)
    again = await play.post("/month-runs", {"funding_line_id": line, "month": "2026-11"}, OWNER)
    assert (again.status_code, again.json()["type"]) == (409, "urn:payung:problem:month-run-known")
    assert again.json()["month_run_id"] == run
    found = await play.get(f"/month-runs?funding_line_id={line}&month=2026-11")
    assert [item["month_run_id"] for item in found["items"]] == [run]
    outside = await play.post("/month-runs", {"funding_line_id": line, "month": "2027-01"}, OWNER)
    assert outside.json()["type"] == "urn:payung:problem:month-outside-line"


async def test_running_again_changes_nothing_for_those_who_are_due(play: Play) -> None:
    _, run, _ = await play.funded(3)
    for _ in range(3):
        await play.done(f"/month-runs/{run}/retries", {}, OWNER)
        await play.world.run_jobs("assess", rounds=2)
    assert len(await play.world.emitted(ContributionDue)) == 3
    assert (await play.get(f"/month-runs/{run}"))["due"] == 3
    assert await play.broken() == {}


async def test_who_is_enrolled_later_is_picked_up_while_the_run_is_open(play: Play) -> None:
    workers = fresh_workers(4)
    await play.verified(workers)
    line = await play.line()
    await play.decree(line)
    run = await play.run(line)
    assert (await play.get(f"/month-runs/{run}"))["waiting"] == 4
    await play.enrolled(workers[:2])
    await play.world.run_job("assess")
    assert (await play.get(f"/month-runs/{run}"))["due"] == 2
    await play.enrolled(workers[2:], cover_from=Month(2026, 12))
    await play.world.run_job("assess")
    shown = await play.get(f"/month-runs/{run}")
    assert (shown["due"], shown["waiting"]) == (2, 2), "cover from December owes no November"
    assert await play.broken() == {}


async def test_who_comes_after_the_bill_is_told_so_and_paid_by_a_further_pass(play: Play) -> None:
    workers = fresh_workers(3)
    await play.verified(workers)
    line = await play.line()
    await play.decree(line)
    await play.enrolled(workers[:2])
    run = await play.run(line)
    await play.world.run_job("assess")
    first = await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    await play.enrolled(workers[2:])
    await play.world.run_job("assess")
    (unfunded,) = await play.world.emitted(ContributionUnfunded)
    assert (unfunded.worker_id, unfunded.reason) == (workers[2], "run-billed")
    assert await play.broken() == {}
    assert await play.world.facts("contribution.unfunded", "source", play.reports) == {
        f"{workers[2]}|2026-11": "run-billed"
    }
    await play.done(f"/month-runs/{run}/retries", {}, OWNER)
    await play.world.run_job("assess")
    second = await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    assert (first["worker_count"], second["worker_count"]) == (2, 1)
    assert await play.broken() == {}
    assert await play.world.facts("contribution.unfunded", "source", play.reports) == {}


async def test_money_ends_in_one_programme_before_the_other(play: Play) -> None:
    _, run, workers = await play.funded(5, amounts_rupiah={"JKK": 3 * 10_000 + 9_999, "JKM": 10**9})
    shown = await play.get(f"/month-runs/{run}")
    assert (shown["due"], shown["unfunded_by_reason"]) == (3, {"budget-exhausted": 2})
    unfunded = await play.world.emitted(ContributionUnfunded)
    assert [event.worker_id for event in unfunded] == workers[3:]
    assert {(event.reason, event.amount_rupiah) for event in unfunded} == {("budget-exhausted", BAND_1_RUPIAH)}
    assert await play.broken() == {}


async def test_without_a_budget_account_nobody_is_paid(play: Play) -> None:
    _, run, _ = await play.funded(2, budget_accounts={"JKK": "5.1.02"})
    assert (await play.get(f"/month-runs/{run}"))["unfunded_by_reason"] == {"no-account": 2}
    assert len(await play.cases("no-account")) == 1


async def test_two_payers_of_one_month_are_a_case_and_one_pays(play: Play) -> None:
    workers = fresh_workers(3)
    await play.verified(workers)
    province, regency = await play.line(), await play.line(region_code="6402", funding_source="apbd-regency")
    await play.decree(province, number="SK-1", max_workers=2)
    await play.decree(regency, number="SK-2", region_codes=["6402"], include_already_granted=True)
    await play.enrolled(workers)
    first, second = await play.run(province), await play.run(regency)
    assert (await play.get(f"/month-runs/{first}"))["due"] == 2
    shown = await play.get(f"/month-runs/{second}")
    assert (shown["due"], shown["unfunded_by_reason"]) == (1, {"payer-conflict": 2})
    told = await play.world.emitted(ContributionUnfunded)
    assert {(event.worker_id, event.reason) for event in told} == {(w, "payer-conflict") for w in workers[:2]}
    assert len(await play.cases("payer-conflict")) == 2
    assert (await play.get("/cases?kind=payer-conflict", areas=("6403",)))["items"] == []
    await play.done(f"/month-runs/{second}/retries", {}, OWNER)
    await play.world.run_job("assess")
    assert len(await play.world.emitted(ContributionUnfunded)) == 2
    assert await play.broken() == {}
    assert await play.world.facts("contribution.unfunded", "source", play.reports) == {}, "another payer has the month"


async def test_who_is_enrolled_and_not_eligible_is_told_why_not(play: Play) -> None:
    workers = fresh_workers(4)
    await play.verified(workers)
    line = await play.line()
    await play.decree(line)
    await play.enrolled(workers)
    who: dict[str, Any] = {"region_code": "6402", "occupation_code": "K11"}
    rejected = WorkerRejected(
        aggregate_version=9,
        worker_id=workers[0],
        rejected_on=date(2026, 11, 3),
        reasons=("employed",),
        decision_id=IDS.next(),
        decision_kind="manual",
        **who,
    )
    employed = WorkerEmployed(
        aggregate_version=1,
        worker_id=workers[1],
        employer_id=EmployerId(IDS.next()),
        employed_from=Month(2026, 11),
        employed_until=None,
        source="wage-report",
    )
    left = WorkerExited(
        aggregate_version=9,
        worker_id=workers[2],
        exited_on=date(2026, 10, 20),
        last_covered_month=Month(2026, 10),
        reason="deceased",
        **who,
    )
    await play.world.feed(rejected, employed, left)
    run = await play.run(line)
    shown = await play.get(f"/month-runs/{run}")
    assert (shown["due"], shown["unfunded_by_reason"], shown["waiting"]) == (1, {"not-eligible": 2}, 1)
    await play.world.feed(verified(workers[0], version=10))
    await play.world.run_job("assess")
    assert (await play.get(f"/month-runs/{run}"))["unfunded_by_reason"] == {"not-eligible": 1}
    assert await play.broken() == {}


async def test_a_year_without_decreed_holidays_is_a_case_and_the_run_waits(play: Play) -> None:
    play.world.clock.set(datetime(2098, 10, 1, tzinfo=UTC))
    workers = fresh_workers(1)
    await play.verified(workers)
    line = await play.line(budget_year=2098, first_month="2098-01", last_month="2098-12")
    await play.decree(line, first_month="2098-10", last_month="2098-12")
    await play.enrolled(workers, cover_from=Month(2098, 10))
    run = await play.run(line, "2098-11")
    await play.world.run_jobs("assess", rounds=3)
    shown = await play.get(f"/month-runs/{run}")
    assert (shown["due"], shown["due_on"], shown["assessing"]) == (0, None, True)
    assert len(await play.cases("due-date-unknown")) == 1
    await play.world.break_by_hand("UPDATE month_run SET due_on = '2098-11-17'")  # as the job does once it is decreed
    await play.world.run_job("assess")
    assert (await play.get(f"/month-runs/{run}"))["due"] == 1


async def test_a_month_without_a_tariff_is_refused_before_anything_runs(play: Play) -> None:
    line = await play.line(budget_year=2015, first_month="2015-01", last_month="2015-12")
    refused = await play.post("/month-runs", {"funding_line_id": line, "month": "2015-03"}, OWNER)
    assert refused.json()["type"] == "urn:payung:problem:tariff-unknown"


@pytest.mark.parametrize("path", ["/month-runs/{0}", "/month-runs/{0}/retries", "/month-runs/{0}/bills"])
async def test_a_run_outside_the_area_is_not_found(play: Play, path: str) -> None:
    _, run, _ = await play.funded(1)
    who = TREASURER if path.endswith("bills") else OWNER
    where = path.format(run)
    if path.count("/") == 2:
        answer = await play.api.get(f"/v1{where}", headers=person_in("6402"))
    else:
        answer = await play.post(where, {}, who, areas=("6402",))
    assert answer.status_code == 404


def person_in(area: str) -> dict[str, str]:
    """The auditor of an area."""
    return person(*AUDITOR, areas=(area,))


async def test_who_has_a_reason_keeps_it_when_the_bill_is_cut(play: Play) -> None:
    _, run, workers = await play.funded(3, amounts_rupiah={"JKK": 1_000_000, "JKM": 2 * 6_800})
    await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    await play.world.break_by_hand(
        "INSERT INTO changed_worker (worker_id) SELECT unnest($1::uuid[])", [str(worker) for worker in workers]
    )
    await play.world.run_job("assess")
    shown = await play.get(f"/month-runs/{run}")
    assert shown["unfunded_by_reason"] == {"budget-exhausted": 1}, "a late look at the queue does not say run-billed"
    assert [one.reason for one in await play.world.emitted(ContributionUnfunded)] == ["budget-exhausted"]
