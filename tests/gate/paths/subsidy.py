"""Subsidy: workers become known and granted, and a month of them is assessed, billed and paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.subsidy.app import SERVICE
from shared.ids import WorkerId
from tests.gate.cost import PER_COMMAND, PER_WORKERS, Cost, Meter
from tests.gate.place import PEOPLE, Place, feed
from tests.subsidy.play import APPROVER, OWNER, TREASURER, Play, enrolled, fresh_workers, verified


@dataclass(frozen=True)
class Plan:
    """Which month is paid, under which papers."""

    number: int = 1
    first_month: str = "2026-10"
    last_month: str = "2026-12"
    month: str = "2026-11"


async def measure(place: Place) -> dict[str, Cost]:
    """The costs of every path of the service."""
    folder = place.folder / "subsidy"
    async with (
        place.service(SERVICE, exchange_folder=folder, answer_patience_s=3600) as (world, meter),
        world.api() as api,
    ):
        play = Play(folder, world, api, place.folder / "verify")
        workers = fresh_workers(PEOPLE)
        await funded_month(play, meter, workers, Plan())
        return meter.costs


async def funded_month(play: Play, meter: Meter, workers: Sequence[WorkerId], plan: Plan) -> None:
    """Workers become known and enrolled; a line and a decree of their own pay a month of them."""
    await feed(meter, "subsidy worker.verified", play.world, *(verified(worker) for worker in workers))
    await feed(meter, "subsidy worker.enrolled", play.world, *(enrolled(worker) for worker in workers))
    with meter.measured("subsidy HTTP write command", PER_COMMAND):
        line = await play.done("/funding-lines", play.line_body(), OWNER)
    await play.done(f"/funding-lines/{line['funding_line_id']}/approval", {}, APPROVER)
    body = {
        "number": f"SK-{plan.number}",
        "funding_line_id": line["funding_line_id"],
        "first_month": plan.first_month,
        "last_month": plan.last_month,
        "region_codes": ["64"],
        "max_workers": None,
    }
    decree = await play.done("/decrees", body, OWNER)
    await play.done(f"/decrees/{decree['decree_id']}/approval", {"content_sha256": decree["content_sha256"]}, APPROVER)
    with meter.measured("subsidy grant", PER_WORKERS):
        await play.world.run_job("grant")
    await play.world.break_by_hand("DELETE FROM changed_worker")  # else the run would take them as changed, too
    run = await play.done("/month-runs", {"funding_line_id": line["funding_line_id"], "month": plan.month}, OWNER)
    with meter.measured("subsidy assess", PER_WORKERS):
        await play.world.run_job("assess")
    with meter.measured("subsidy bill cut", PER_WORKERS):
        bill = await play.done(f"/month-runs/{run['month_run_id']}/bills", {}, TREASURER)
    with meter.measured("subsidy send bill request", PER_WORKERS):
        await play.world.run_job("send")
    play.answer_bill(bill["bill_id"])
    await play.world.run_jobs("receive", rounds=2)
    disbursement = await _instructed(play, bill["bill_id"], plan.number)
    play.confirm(disbursement)
    with meter.measured("subsidy receive confirmation", PER_WORKERS):
        await play.world.run_job("receive")
    with meter.measured("subsidy pay", PER_WORKERS):
        await play.world.run_job("pay")
    assert (await play.get(f"/disbursements/{disbursement}"))["state"] == "paid"


async def _instructed(play: Play, bill_id: str, number: int) -> str:
    """A disbursement of the bill whose payment file is sent."""
    made = await play.done(f"/bills/{bill_id}/disbursements", {"document_number": f"SPP-{number}"}, TREASURER)
    path = f"/disbursements/{made['disbursement_id']}"
    await play.done(f"{path}/approval", {"document_number": f"SPM-{number}"}, APPROVER)
    await play.done(f"{path}/sp2d", {"document_number": f"SP2D-{number}", "instructed_on": "2026-11-10"}, TREASURER)
    await play.world.run_job("send")
    return str(made["disbursement_id"])
