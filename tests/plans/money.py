"""The less lucky months of subsidy: money for half of the people, exits before the bill, silence, wrong answers."""

from __future__ import annotations

from datetime import date
from typing import Any

from shared.contracts.events.worker_changed import WorkerChanged
from shared.contracts.events.worker_employed import WorkerEmployed
from shared.contracts.events.worker_exited import WorkerExited
from shared.contracts.events.worker_lapsed import WorkerLapsed
from shared.ids import WorkerId
from shared.periods import Month
from tests.subsidy.play import APPROVER, OWNER, TREASURER, Play

_PATIENCE_S = 3_700


async def unlucky_month(play: Play, count: int) -> None:
    """A month that the line's money covers half, amended, with exits before and after the bill, paid in parts."""
    half = {"JKK": 1_000_000_000, "JKM": 6_800 * (count // 2)}
    line, run, workers = await play.funded(count, amounts_rupiah=half)
    body = {"amounts_rupiah": {"JKK": 1_000_000_000, "JKM": 6_800 * count}, "legal_basis": "DPPA 2026"}
    made = await play.done(f"/funding-lines/{line}/amendments", body, OWNER)
    await play.done(f"/funding-lines/{line}/amendments/{made['amendment_id']}/approval", {}, APPROVER)
    await play.world.run_jobs("assess", rounds=2)
    await play.done(f"/month-runs/{run}/retries", {}, OWNER)
    await play.world.run_jobs("assess", rounds=2)
    third = count // 3
    await play.world.feed(*(_exit(worker) for worker in workers[:third]))
    await play.world.feed(*(_changed(WorkerChanged, worker, 5) for worker in workers[third:]))
    await play.world.feed(*(_changed(WorkerEmployed, worker, 6) for worker in workers[third:]))
    await play.world.run_jobs("assess", rounds=2)
    await _another_payer(play, line)
    bill = await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    await play.world.run_job("send")
    play.later(_PATIENCE_S)
    await play.world.run_job("notice-silence")
    play.answer_bill(bill["bill_id"])
    await play.world.run_jobs("receive", rounds=2)
    disbursement = await _instructed(play, bill["bill_id"], line)
    play.later(_PATIENCE_S)
    await play.world.run_job("notice-silence")
    said = play.confirmation(disbursement)
    play.confirm(disbursement, [*said, said[0]])
    await play.world.run_jobs("receive", rounds=2)
    play.confirm(disbursement, said[: len(said) // 2], "_2")
    await play.world.run_jobs("receive", "pay", rounds=2)
    play.confirm(disbursement, said, "_3")
    await play.world.run_jobs("receive", "pay", rounds=2)
    await play.world.feed(*(_changed(WorkerLapsed, worker, 7) for worker in workers[third:]))
    await play.world.feed(*(_exit(worker, 8) for worker in workers[third:]))
    await play.world.run_jobs("assess", rounds=2)
    for path in ("cases", "summary", f"funding-lines/{line}", f"month-runs/{run}", "bills", "decrees", "disbursements"):
        await play.get(f"/{path}")


async def _another_payer(play: Play, line: str) -> None:
    """A second line grants whoever the first one grants, and asks for the same month."""
    other = await play.line(reference=f"DPA-second-{line}")
    await play.decree(other, include_already_granted=True)
    await play.run(other)


async def _instructed(play: Play, bill: str, line: str) -> str:
    made = await play.done(f"/bills/{bill}/disbursements", {"document_number": f"SPP-{line}"}, TREASURER)
    path = f"/disbursements/{made['disbursement_id']}"
    await play.done(f"{path}/approval", {"document_number": f"SPM-{line}"}, APPROVER)
    body = {"document_number": f"SP2D-{line}", "instructed_on": "2026-11-10"}
    await play.done(f"{path}/sp2d", body, TREASURER)
    await play.world.run_job("send")
    return str(made["disbursement_id"])


def _exit(worker: WorkerId, version: int = 4) -> WorkerExited:
    changes = {"exited_on": date(2026, 11, 8), "last_covered_month": Month(2026, 10)}
    exited: WorkerExited = _changed(WorkerExited, worker, version).model_copy(update=changes)
    return exited


def _changed(event_type: Any, worker: WorkerId, version: int) -> Any:
    return event_type.example().model_copy(update={"worker_id": worker, "aggregate_version": version})
