"""The money's part of the main job: a line is opened, a decree names its workers, a month is run, billed and paid."""

from __future__ import annotations

import asyncio
import time
from datetime import date
from typing import Any

from deploy.sandbox.programme.offices import Offices
from deploy.sandbox.programme.people import APPROVER, OPERATOR, OWNER, TREASURER
from deploy.sandbox.programme.plan import PROGRAMMES, Line, Plan

STEP_TIMEOUT_S = 900.0
ASSESSED_STILL_S = 5.0
_SERVICE = "subsidy"
_RATE_RUPIAH = {"JKK": 10_000, "JKM": 6_800}  # only to choose a budget; what is owed comes from the rate table
_AMPLE_WORKERS = 2_000_000


async def open_line(offices: Offices, plan: Plan, line: Line, workers: int) -> str:
    """Open the funding line, by two people; gives its identifier. ``workers`` are those the money is meant for."""
    known = await offices.get(OWNER, _SERVICE, "/funding-lines", reference=line.reference)
    if not known["items"]:
        share = line.funded_share_percent
        paid_workers = _AMPLE_WORKERS if share is None else workers * share // 100
        body = {
            "reference": line.reference,
            "funding_source": line.funding_source,
            "region_code": line.region_code,
            "office": line.office,
            "budget_year": plan.month.year,
            "first_month": str(plan.month),
            "last_month": str(plan.last_month),
            "amounts_rupiah": {name: _RATE_RUPIAH[name] * paid_workers for name in PROGRAMMES},
            "budget_accounts": {"JKK": "5.1.02.02.02.0006", "JKM": "5.1.02.02.02.0007"},
            "worker_quota": None,
            "legal_basis": line.legal_basis,
        }
        await offices.post(OWNER, _SERVICE, "/funding-lines", body)
        known = await offices.get(OWNER, _SERVICE, "/funding-lines", reference=line.reference)
    found = known["items"][0]
    if found["state"] == "draft":
        await offices.post(APPROVER, _SERVICE, f"/funding-lines/{found['funding_line_id']}/approval", {})
    return str(found["funding_line_id"])


async def decree(offices: Offices, plan: Plan, line: Line, funding_line_id: str) -> Any:
    """Name the workers in a decree, let another person sign exactly that list, and wait until all are granted."""
    known = await offices.get(OWNER, _SERVICE, "/decrees", number=line.decree_number)
    if not known["items"]:
        body = {
            "number": line.decree_number,
            "funding_line_id": funding_line_id,
            "first_month": str(plan.month),
            "last_month": str(plan.last_month),
            "region_codes": list(line.region_codes),
            "max_workers": None,
        }
        await offices.post(OWNER, _SERVICE, "/decrees", body)
        known = await offices.get(OWNER, _SERVICE, "/decrees", number=line.decree_number)
    found = known["items"][0]
    path = f"/decrees/{found['decree_id']}"
    if found["state"] == "draft":
        await offices.post(APPROVER, _SERVICE, f"{path}/approval", {"content_sha256": found["content_sha256"]})
    return await offices.until(
        f"decree {line.decree_number}",
        lambda: offices.get(OWNER, _SERVICE, path),
        lambda state: state["granted"] == state["workers"],
        STEP_TIMEOUT_S,
    )


async def assess_month(offices: Offices, plan: Plan, funding_line_id: str) -> Any:
    """Run the month of a line until every granted worker of it is due, unfunded or not enrolled; gives the run."""
    query = {"funding_line_id": funding_line_id, "month": str(plan.month)}
    known = await offices.get(OWNER, _SERVICE, "/month-runs", **query)
    if not known["items"]:
        await offices.post(OWNER, _SERVICE, "/month-runs", query)
        known = await offices.get(OWNER, _SERVICE, "/month-runs", **query)
    path = f"/month-runs/{known['items'][0]['month_run_id']}"
    return await offices.until(
        "month run",
        lambda: offices.get(OWNER, _SERVICE, path),
        _Still(ASSESSED_STILL_S).is_assessed,
        STEP_TIMEOUT_S,
    )


class _Still:
    """When a run has looked at everybody: all candidates have an outcome, or nothing has moved for a while.

    Whom BPJS refused, and who has left, stays without an outcome; who was enrolled a moment ago gets one in a moment.
    """

    def __init__(self, still_s: float) -> None:
        self._still_s = still_s
        self._seen: tuple[int, int] | None = None
        self._since = time.monotonic()

    def is_assessed(self, run: Any) -> bool:
        """Whether the run may be billed."""
        now = (run["due"], run["unfunded"])
        if now != self._seen or run["assessing"]:
            self._seen, self._since = now, time.monotonic()
        if run["assessing"] or sum(now) == 0:
            return False
        return sum(now) >= run["candidates"] or time.monotonic() - self._since > self._still_s


async def pay_month(offices: Offices, run: Any, line: Line, today: date) -> list[Any]:
    """Bill, SPP, SPM and SP2D by two people, until BPJS has confirmed; gives the run's bills.

    None where the money is used up: a run in which nothing is due has nothing to bill.
    """
    if not run["due"]:
        return []
    run_id = run["month_run_id"]
    bills = (await offices.get(TREASURER, _SERVICE, "/bills", month_run_id=run_id))["items"]
    if not bills:
        await offices.post(TREASURER, _SERVICE, f"/month-runs/{run_id}/bills", {})
        bills = (await offices.get(TREASURER, _SERVICE, "/bills", month_run_id=run_id))["items"]
    return list(await asyncio.gather(*(_pay_bill(offices, bill["bill_id"], line, today) for bill in bills)))


async def _pay_bill(offices: Offices, bill_id: str, line: Line, today: date) -> Any:
    path = f"/bills/{bill_id}"

    async def bill() -> Any:
        return await offices.get(TREASURER, _SERVICE, path)

    await offices.until("bill from BPJS", bill, lambda now: now["state"] not in {"cut", "requested"}, STEP_TIMEOUT_S)
    query = {"bill_id": bill_id}
    number = f"{line.reference}/{bill_id[-12:]}"
    if not (await offices.get(TREASURER, _SERVICE, "/disbursements", **query))["items"]:
        body = {"document_number": f"SPP/{number}"}
        await offices.post(TREASURER, _SERVICE, f"{path}/disbursements", body)
    found = (await offices.get(TREASURER, _SERVICE, "/disbursements", **query))["items"][0]
    step = f"/disbursements/{found['disbursement_id']}"
    if found["state"] == "submitted":
        await offices.post(APPROVER, _SERVICE, f"{step}/approval", {"document_number": f"SPM/{number}"})
        found = await offices.get(TREASURER, _SERVICE, step)
    if found["state"] == "approved":
        body = {"document_number": f"SP2D/{number}", "instructed_on": today.isoformat()}
        await offices.post(TREASURER, _SERVICE, f"{step}/sp2d", body)
    return await offices.until("payment confirmed", bill, lambda now: now["state"] == "paid", STEP_TIMEOUT_S)


async def summary(offices: Offices) -> Any:
    """What the service counts."""
    return await offices.get(OPERATOR, _SERVICE, "/summary")
