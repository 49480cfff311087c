"""The month from budget to confirmation, as its people go through it."""

from __future__ import annotations

from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.disbursement_settled import DisbursementSettled
from shared.contracts.events.subsidy_granted import SubsidyGranted
from tests.subsidy.play import BAND_1_RUPIAH, Play


async def test_a_month_is_granted_assessed_billed_paid_and_confirmed(play: Play) -> None:
    bill_id, disbursement_id, workers = await play.instructed(5)
    play.confirm(disbursement_id)
    await play.received()
    assert (await play.get(f"/disbursements/{disbursement_id}"))["state"] == "paid"
    bill = await play.get(f"/bills/{bill_id}")
    assert bill["state"] == "paid"
    run = await play.get(f"/month-runs/{bill['month_run_id']}")
    assert (run["state"], run["due"], run["waiting"], run["amount_rupiah"]) == ("closed", 5, 0, 5 * BAND_1_RUPIAH)
    granted = await play.world.emitted(SubsidyGranted)
    assert [event.worker_id for event in granted] == workers
    due = await play.world.emitted(ContributionDue)
    assert [event.worker_id for event in due] == workers
    assert {event.amount_rupiah for event in due} == {BAND_1_RUPIAH}
    assert {event.due_on.isoformat() for event in due} == {"2026-11-16"}  # the 15th is a Sunday
    paid = await play.world.emitted(ContributionPaid)
    assert sorted(event.contribution_id for event in paid) == sorted(event.contribution_id for event in due)
    assert {event.outstanding_rupiah for event in paid} == {0}
    (settled,) = await play.world.emitted(DisbursementSettled)
    assert (settled.outcome, settled.confirmed_rupiah, settled.aggregate_version) == ("paid", 5 * BAND_1_RUPIAH, 4)
    assert {event.payment_id for event in paid} == {settled.payment_id}
    line = str(due[0].funding_line_id)
    assert (await play.balances(line))["paid"] == 5 * BAND_1_RUPIAH
    assert (await play.get("/summary"))["contributions"]["paid"] == 5
    assert await play.broken() == {}
