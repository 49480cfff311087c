"""From SPP to confirmation: two people, each step once; what is confirmed is paid, what is not stays in sight."""

from __future__ import annotations

from typing import Any

import pytest

from services.subsidy.handlers import confirmations
from shared.access.roles import Role
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.disbursement_approved import DisbursementApproved
from shared.contracts.events.disbursement_instructed import DisbursementInstructed
from shared.contracts.events.disbursement_settled import DisbursementSettled
from shared.contracts.events.disbursement_submitted import DisbursementSubmitted
from tests.subsidy.play import APPROVER, BAND_1_RUPIAH, TREASURER, Play


async def shown(play: Play, disbursement: str) -> dict[str, Any]:
    """The disbursement as anybody sees it."""
    found: dict[str, Any] = await play.get(f"/disbursements/{disbursement}")
    return found


async def test_spp_spm_and_sp2d_are_steps_of_different_people_each_once(play: Play) -> None:
    _, bill, _ = await play.billed(2)
    spp = f"/bills/{bill}/disbursements"
    made = await play.done(spp, {"document_number": "SPP-7"}, TREASURER)
    assert (await play.post(spp, {"document_number": "SPP-8"}, TREASURER)).json()["type"].endswith("bill-not-payable")
    path = f"/disbursements/{made['disbursement_id']}"
    sp2d = {"document_number": "SP2D-7", "instructed_on": "2026-11-10"}
    assert (await play.post(f"{path}/sp2d", sp2d, TREASURER)).json()["type"].endswith("other-step-first")
    mine = await play.post(f"{path}/approval", {"document_number": "SPM-7"}, ("treasurer", Role.APPROVER))
    assert mine.json()["type"] == "urn:payung:problem:same-person"
    await play.done(f"{path}/approval", {"document_number": "SPM-7"}, APPROVER)
    assert (await play.post(f"{path}/approval", {"document_number": "SPM-8"}, APPROVER)).status_code == 409
    future = await play.post(f"{path}/sp2d", sp2d | {"instructed_on": "2026-11-11"}, TREASURER)
    assert future.json()["type"] == "urn:payung:problem:date-in-future"
    assert (await play.post(f"{path}/sp2d", sp2d, TREASURER, areas=("6402",))).status_code == 404
    early = await play.post(f"{path}/sp2d", sp2d | {"instructed_on": "2026-11-09"}, TREASURER)
    assert early.json()["type"] == "urn:payung:problem:date-before-approval"
    await play.done(f"{path}/sp2d", sp2d, TREASURER)
    assert (await play.post(f"{path}/sp2d", sp2d, TREASURER)).json()["type"].endswith("other-step-first")
    await play.world.run_jobs("send", rounds=2)
    (order,) = play.sent(f"payment_{made['disbursement_id']}.csv")
    assert (order["sp2d_number"], order["amount_rupiah"], order["bill_id"]) == ("SP2D-7", str(2 * BAND_1_RUPIAH), bill)
    versions = [
        (await play.world.emitted(event))[0].aggregate_version
        for event in (DisbursementSubmitted, DisbursementApproved, DisbursementInstructed)
    ]
    assert versions == [1, 2, 3]
    (approved,) = await play.world.emitted(DisbursementApproved)
    recorded = await play.world.value("SELECT count(approved_by) FROM disbursement WHERE approved_by <> created_by")
    assert approved.approval_count == recorded == 1
    found = await play.get(f"/disbursements?bill_id={bill}")
    assert [item["state"] for item in found["items"]] == ["instructed"]
    assert await play.broken() == {}


async def test_a_document_number_is_used_once_per_issuer_and_year(play: Play) -> None:
    await play.instructed(1)
    _, bill, _ = await play.billed(1)
    taken = await play.post(f"/bills/{bill}/disbursements", {"document_number": "SPP-1"}, TREASURER)
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:payung:problem:document-number-taken")
    same = await play.post(f"/bills/{bill}/disbursements", {"document_number": " spp - 1 "}, TREASURER)
    assert same.json()["type"] == "urn:payung:problem:document-number-taken", "whatever the letters' case and spaces"


async def test_a_partial_confirmation_pays_what_is_confirmed_and_shows_the_rest(play: Play) -> None:
    bill, disbursement, workers = await play.instructed(5)
    rows = play.confirmation(disbursement)
    play.confirm(disbursement, rows[:3])
    await play.received()
    now = await shown(play, disbursement)
    assert (now["state"], now["paid_count"], now["outstanding_rupiah"]) == ("paid-in-part", 3, 2 * BAND_1_RUPIAH)
    (case,) = await play.cases("confirmation-partial")
    assert (case["details"]["missing_workers"], case["details"]["outstanding_rupiah"]) == (2, 2 * BAND_1_RUPIAH)
    assert [event.worker_id for event in await play.world.emitted(ContributionPaid)] == workers[:3]
    assert await play.world.emitted(DisbursementSettled) == []
    assert await play.broken() == {}
    play.confirm(disbursement, rows, "_2")  # the rest, and the first three once more
    await play.received()
    assert (await shown(play, disbursement))["state"] == "paid"
    assert [event.worker_id for event in await play.world.emitted(ContributionPaid)] == workers
    assert await play.cases("confirmation-partial") == []
    assert len(await play.world.emitted(DisbursementSettled)) == 1
    assert (await play.get(f"/bills/{bill}"))["state"] == "paid"
    assert await play.broken() == {}
    notices = await play.world.facts("notice.paid", "source", play.reports)
    assert set(notices) == {f"{worker}|2026-11" for worker in workers}


async def test_a_confirmation_that_comes_again_pays_nothing_again(play: Play) -> None:
    _, disbursement, _ = await play.instructed(3)
    play.confirm(disbursement)
    play.confirm(disbursement, suffix="_2")  # before the first is paid
    await play.received()
    play.confirm(disbursement)
    play.confirm(disbursement, suffix="_3")
    await play.received()
    assert len(await play.world.emitted(ContributionPaid)) == 3
    assert len(await play.world.emitted(DisbursementSettled)) == 1
    states = await play.world.rows("SELECT state FROM exchange_file WHERE kind = 'confirmation' ORDER BY name")
    assert [row["state"] for row in states] == ["applied", "applied", "repeated"]
    assert (await play.get("/cases"))["items"] == []
    assert await play.broken() == {}


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"worker_ref": "00000000-0000-0000-0000-000000000000"}, "unknown-worker"),
        ({"jkk_rupiah": 9_999}, "amount"),
        ({"month": "2026-10"}, "month"),
        ({"kode_iuran": "99999999999"}, "kode-iuran"),
        ({"worker_ref": None}, "repeated-worker"),
        ({"paid_on": "2026-11-09"}, "days"),  # before the SP2D
        ({"confirmed_on": "2026-11-11"}, "days"),  # tomorrow
        ({"paid_on": "2026-11-12", "confirmed_on": "2026-11-12"}, "days"),
        ({}, "total"),
    ],
)
async def test_a_confirmation_that_differs_is_a_case_and_nothing_is_paid(
    play: Play, change: dict[str, Any], difference: str
) -> None:
    _, disbursement, _ = await play.instructed(3)
    rows = play.confirmation(disbursement)
    if change.get("worker_ref", "") is None:
        change = {"worker_ref": rows[0]["worker_ref"]}
    rows[2] |= change
    play.confirm(disbursement, rows, more=0 if change else 1)
    await play.received()
    (case,) = await play.cases("confirmation-mismatch")
    assert difference in case["details"]["differences"]
    assert await play.world.emitted(ContributionPaid) == []
    assert (await shown(play, disbursement))["paid_count"] == 0
    assert await play.world.value("SELECT count(*) FROM confirmed_part") == 0
    assert await play.broken() == {}
    play.confirm(disbursement, suffix="_2")  # corrected
    await play.received()
    assert (await shown(play, disbursement))["state"] == "paid"
    assert await play.cases("confirmation-mismatch") == []


@pytest.mark.parametrize(
    "change",
    [
        {"worker_ref": "nobody"},
        {"jkk_rupiah": "1.5"},
        {"jkm_rupiah": -1},
        {"paid_on": "soon"},
        {"paid_on": "20261110"},
        {"confirmed_on": "2026-11-31"},
    ],
)
async def test_a_row_that_cannot_be_read_refuses_the_file(play: Play, change: dict[str, Any]) -> None:
    _, disbursement, _ = await play.instructed(2)
    rows = play.confirmation(disbursement)
    rows[1] |= change
    text = [[row[name] for name in rows[0]] for row in rows]
    columns = ("kode_iuran", "worker_ref", "month", "jkk_rupiah", "jkm_rupiah", "paid_on", "confirmed_on")
    play.send(f"confirmation_{disbursement}.csv", columns, text, 2 * BAND_1_RUPIAH)
    await play.received()
    assert [case["details"]["reason"] for case in await play.cases("file-refused")] == ["unreadable"]
    assert await play.world.emitted(ContributionPaid) == []


async def test_nothing_is_paid_that_was_not_instructed(play: Play) -> None:
    _, bill, _ = await play.billed(2)
    made = await play.done(f"/bills/{bill}/disbursements", {"document_number": "SPP-1"}, TREASURER)
    disbursement = made["disbursement_id"]
    columns = ("kode_iuran", "worker_ref", "month", "jkk_rupiah", "jkm_rupiah", "paid_on", "confirmed_on")
    play.send(f"confirmation_{disbursement}.csv", columns, [], 0)
    await play.received()
    (case,) = await play.cases("confirmation-mismatch")
    assert case["details"]["differences"] == "not-instructed"


async def test_silence_after_a_payment_is_a_case_and_nothing_is_paid_twice(play: Play) -> None:
    _, disbursement, _ = await play.instructed(2)
    sent = play.folder / "out" / f"payment_{disbursement}.csv"
    before = sent.stat().st_mtime_ns
    play.later(3601)
    await play.world.run_jobs("notice-silence", "send", rounds=3)
    assert (await shown(play, disbursement))["state"] == "unknown"
    assert len(await play.cases("payment-silent")) == 1
    assert sent.stat().st_mtime_ns == before
    assert len(list((play.folder / "out").glob("payment_*"))) == 1
    assert await play.broken() == {}
    play.confirm(disbursement)
    await play.received()
    assert (await shown(play, disbursement))["state"] == "paid"
    assert await play.cases("payment-silent") == []


async def test_a_large_confirmation_is_read_and_paid_in_chunks_each_worker_once(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, disbursement, workers = await play.instructed(7)
    play.confirm(disbursement)
    for state, rows in (("reading", 3), ("reading", 6), ("paying", 7)):
        await play.read_in_pieces(monkeypatch, 3, runs=1)
        (file,) = await play.world.rows("SELECT state, rows FROM exchange_file WHERE kind = 'confirmation'")
        assert (file["state"], file["rows"]) == (state, rows)
        assert await play.broken() == {}
    for expected in (3, 6, 7, 7):
        async with play.world.outbox.unit_of_work() as uow:
            await confirmations.pay_next(uow, 3)
        assert (await shown(play, disbursement))["paid_count"] == expected
        assert await play.broken() == {}
    assert [event.worker_id for event in await play.world.emitted(ContributionPaid)] == workers
    assert len(await play.world.emitted(DisbursementSettled)) == 1
