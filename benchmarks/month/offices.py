"""The people of the month: each line's run is opened, billed, approved and paid over the real API by maker and checker.

Every line goes on as soon as its own step is done, as offices do. Whether it is done is asked of the `Watcher`: asking
the API four times a second for eleven lines would be measured, too.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from benchmarks.month.shape import Line
from benchmarks.month.watch import Watcher
from deploy.sandbox.programme.offices import Offices
from deploy.sandbox.programme.people import APPROVER, OWNER, TREASURER
from shared.periods import Month

_SERVICE: Final = "subsidy"


async def open_run(offices: Offices, line: Line, month: Month) -> UUID:
    """Open the month's run of a line; gives its identifier. The service begins to assess."""
    body = {"funding_line_id": str(line.identifier("funding-line")), "month": str(month)}
    made = await offices.post(OWNER, _SERVICE, "/month-runs", body)
    return UUID(made["month_run_id"])


async def pay_line(offices: Offices, watcher: Watcher, line: Line, run_id: UUID, today: date) -> None:
    """Once it is assessed: bill, SPP, SPM and SP2D of a line, until BPJS has to pay."""
    await watcher.until_assessed(run_id)
    cut = await offices.post(TREASURER, _SERVICE, f"/month-runs/{run_id}/bills", {})
    await watcher.until_billed(run_id)
    for bill_id in (cut["bill_id"], *cut["other_bill_ids"]):
        await _order_payment(offices, bill_id, line, today)


async def _order_payment(offices: Offices, bill_id: str, line: Line, today: date) -> None:
    number = f"{line.reference}/{bill_id[-12:]}"
    asked = {"document_number": f"SPP/{number}"}
    spp: Any = await offices.post(TREASURER, _SERVICE, f"/bills/{bill_id}/disbursements", asked)
    step = f"/disbursements/{spp['disbursement_id']}"
    await offices.post(APPROVER, _SERVICE, f"{step}/approval", {"document_number": f"SPM/{number}"})
    ordered = {"document_number": f"SP2D/{number}", "instructed_on": today.isoformat()}
    await offices.post(TREASURER, _SERVICE, f"{step}/sp2d", ordered)
