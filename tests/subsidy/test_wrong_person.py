"""Nobody is paid for who has left, is no informal worker any more, or for a month that is far away."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from services.subsidy.handlers import confirmations
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.worker_changed import WorkerChanged
from shared.contracts.events.worker_exited import WorkerExited
from shared.ids import WorkerId
from shared.periods import Month
from tests.subsidy.play import BAND_1_RUPIAH, OWNER, TREASURER, Play, fresh_workers


def died(worker: UUID, *, last: Month | None, version: int = 4) -> WorkerExited:
    """The event."""
    return WorkerExited(
        aggregate_version=version,
        worker_id=WorkerId(worker),
        region_code="6402",
        occupation_code="K11",
        exited_on=date(2026, 10, 20),
        last_covered_month=last,
        reason="deceased",
    )


async def test_who_died_between_due_and_bill_is_not_billed_and_is_a_case(play: Play) -> None:
    _, run, workers = await play.funded(3)
    await play.world.feed(died(workers[0], last=Month(2026, 10)), died(workers[1], last=Month(2026, 11)))
    await play.world.run_job("assess")
    (case,) = await play.cases("left-after-due")
    assert (case["details"]["month"], case["details"]["paid"]) == ("2026-11", "no")
    bill = await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    assert (bill["worker_count"], bill["amount_rupiah"]) == (2, 2 * BAND_1_RUPIAH)
    await play.world.run_job("send")
    assert [row["worker_ref"] for row in play.sent(f"bill-request_{bill['bill_id']}.csv")] == [
        str(worker) for worker in workers[1:]
    ]
    again = await play.post(f"/month-runs/{run}/bills", {}, TREASURER)
    assert again.json()["type"] == "urn:payung:problem:nothing-to-bill"
    assert await play.broken() == {}


async def test_who_was_left_out_of_a_bill_and_is_back_stands_on_the_next_one_alone(play: Play) -> None:
    _, run, workers = await play.funded(3)
    await play.world.feed(died(workers[0], last=Month(2026, 10)))
    first = await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    refused = await play.post(f"/month-runs/{run}/bills", {}, TREASURER)
    assert refused.json()["type"] == "urn:payung:problem:nothing-to-bill"
    assert await play.broken() == {}
    await play.enrolled([workers[0]], version=5)  # it was another person
    second = await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    assert (first["worker_count"], second["worker_count"]) == (2, 1)
    await play.world.run_jobs("send", rounds=2)
    (row,) = play.sent(f"bill-request_{second['bill_id']}.csv")
    assert row["worker_ref"] == str(workers[0])
    assert len(play.sent(f"bill-request_{first['bill_id']}.csv")) == 2
    assert await play.broken() == {}


async def test_a_death_that_is_heard_of_after_the_payment_is_a_case(play: Play) -> None:
    _, disbursement, workers = await play.instructed(2)
    play.confirm(disbursement)
    await play.received()
    await play.world.feed(died(workers[0], last=None))
    await play.world.run_job("assess")
    (case,) = await play.cases("left-after-due")
    assert case["details"]["paid"] == "yes"
    assert await play.broken() == {}


async def test_who_is_no_informal_worker_any_more_is_not_subsidised(play: Play) -> None:
    (worker,) = fresh_workers(1)
    await play.verified([worker])
    line = await play.line()
    await play.decree(line)
    await play.enrolled([worker])

    def kind(value: str, version: int) -> WorkerChanged:
        return WorkerChanged(
            aggregate_version=version,
            worker_id=worker,
            region_code="6402",
            occupation_code="K11",
            participant_kind=value,
            changed_on=date(2026, 11, 9),
            changed=("participant-kind",),
        )

    await play.world.feed(kind("pu", 4))
    run = await play.run(line)
    assert (await play.get(f"/month-runs/{run}"))["unfunded_by_reason"] == {"not-eligible": 1}
    assert await play.broken() == {}
    await play.world.feed(kind("bpu", 5))
    await play.world.run_job("assess")
    assert (await play.get(f"/month-runs/{run}"))["due"] == 1
    assert await play.broken() == {}


@pytest.mark.parametrize(("month", "status"), [("2026-01", 201), ("2026-12", 201)])
async def test_a_past_month_and_the_next_one_can_be_run(play: Play, month: str, status: int) -> None:
    line = await play.line()
    assert (await play.post("/month-runs", {"funding_line_id": line, "month": month}, OWNER)).status_code == status


async def test_a_month_that_is_far_ahead_cannot_be_run(play: Play) -> None:
    line = await play.line(budget_year=2027, first_month="2027-01", last_month="2027-12")
    far = await play.post("/month-runs", {"funding_line_id": line, "month": "2027-01"}, OWNER)
    assert (far.status_code, far.json()["type"]) == (422, "urn:payung:problem:month-in-future")
    assert far.json()["detail"].startswith("Paling jauh bulan 2026-12")


async def test_a_payment_is_settled_when_all_is_paid_though_the_file_has_more_known_rows(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, disbursement, _ = await play.instructed(3)
    rows = play.confirmation(disbursement)
    play.confirm(disbursement, rows[2:])
    play.confirm(disbursement, rows, "_2")
    await play.read_in_pieces(monkeypatch, 2, runs=4)
    for _ in range(3):
        async with play.world.outbox.unit_of_work() as uow:
            await confirmations.pay_next(uow, 2)
        assert await play.broken() == {}
    assert len(await play.world.emitted(ContributionPaid)) == 3
    assert (await play.get(f"/disbursements/{disbursement}"))["state"] == "paid"


async def test_silence_that_ends_with_a_part_is_no_silence_any_more(play: Play) -> None:
    _, disbursement, _ = await play.instructed(2)
    play.confirm(disbursement, play.confirmation(disbursement)[:1])
    await play.world.run_job("receive")
    play.later(3601)
    await play.world.run_job("notice-silence")
    await play.world.run_job("pay")
    assert await play.cases("payment-silent") == []
    assert len(await play.cases("confirmation-partial")) == 1


async def test_a_total_that_no_column_holds_is_refused_in_sight(play: Play) -> None:
    _, disbursement, _ = await play.instructed(2)
    play.confirm(disbursement, more=9_999_999_999_999_999_999 - 2 * BAND_1_RUPIAH)
    await play.received()
    open_cases = (await play.get("/cases?state=open"))["items"]
    assert len(open_cases) == 1
    assert await play.world.emitted(ContributionPaid) == []
    play.confirm(disbursement, suffix="_2")
    await play.received()
    assert (await play.get(f"/disbursements/{disbursement}"))["state"] == "paid"
    assert await play.broken() == {}
