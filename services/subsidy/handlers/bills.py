"""Bills: cut over what is due, asked for in a file, and matched with what BPJS answers before anything is paid."""

from __future__ import annotations

from uuid import UUID

from services.subsidy import store
from services.subsidy.rules.cases import CaseKind
from services.subsidy.rules.ledger import journal
from services.subsidy.rules.matching import BillAnswer, bill_differences
from services.subsidy.rules.values import total_of
from services.subsidy.store.bills import Bill
from services.subsidy.store.cases import NewCase
from shared import audit
from shared.access.areas import AreaScope
from shared.access.errors import NotVisibleError, RefusedError
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork

_UNANSWERED = ("cut", "requested", "unknown", "mismatch")


async def cut_bills(uow: UnitOfWork, run_id: UUID, actor: str, areas: AreaScope) -> list[Bill]:
    """Cut one bill per group over all due months of the run that stand on none. The run takes nobody in meanwhile.

    Raises NotVisibleError, and RefusedError when the run is still assessing or nothing is left to bill.
    """
    found = await store.runs.find(uow, areas.sql_prefixes(), run_id=run_id)
    if not found:
        raise NotVisibleError
    await store.funding.lock(uow, found[0].funding_line_id)
    run = await store.runs.lock(uow, run_id)
    if run.assessing:
        raise RefusedError("run-still-assessing")
    collected, left_out = await store.bills.collected(uow, run_id)
    if not collected:
        raise RefusedError("nothing-to-bill")
    bills = [
        Bill(
            bill_id=one.bill_id,
            month_run_id=run_id,
            funding_line_id=run.funding_line_id,
            region_code=run.region_code,
            group_id=one.group_id,
            month=str(run.month),
            worker_count=one.workers,
            amounts=one.amounts,
            state="cut",
            kode_iuran=None,
            bpjs_due_on=None,
            requested_at=None,
            created_by=actor,
        )
        for one in collected
    ]
    reserved = await store.ledger.balance(uow, run.funding_line_id, "reserved")
    require(total_of(bill.amounts for bill in bills).fits(reserved), "Only reserved money is billed.")
    await store.bills.add(uow, run_id, bills)
    billed = await store.bills.billed_workers(uow, run_id)
    require(billed + left_out == run.due_count, "Whatever is due stands on a bill, unless its worker has left.")
    await store.runs.set_state(uow, run_id, "billed")
    for bill in bills:
        details = {"workers": bill.worker_count, "amount_rupiah": bill.amounts.total_rupiah}
        await audit.record(uow, uow.moment, actor, "cut-bill", f"bill {bill.bill_id}", details)
    return bills


async def take_bill(uow: UnitOfWork, bill_id: UUID, answer: BillAnswer) -> tuple[str, str | None]:
    """Match BPJS's bill with the one that was cut. Gives the file's state (applied, repeated, refused) and the reason.

    A difference moves nothing and becomes a case; a corrected bill may follow. A bill that is known changes nothing.
    """
    line_id = await store.bills.line_of(uow, bill_id)
    if line_id is None:
        return "refused", "reference-unknown"
    await store.funding.lock(uow, line_id)
    bill = await store.bills.lock(uow, bill_id)
    differences = bill_differences(bill.expected, answer)
    if bill.state not in _UNANSWERED:
        if not differences and answer.kode_iuran == bill.kode_iuran:
            return "repeated", None
        differences = differences or ["kode-iuran-changed"]
        await _open_mismatch(uow, bill, differences)
        return "refused", differences[0]
    if not differences and await store.bills.kode_iuran_used(uow, answer.kode_iuran):
        differences = ["kode-iuran-used"]
    if differences:
        await store.bills.set_state(uow, bill_id, "mismatch")
        await _open_mismatch(uow, bill, differences)
        return "refused", differences[0]
    await _accept(uow, bill, answer)
    return "applied", None


async def _accept(uow: UnitOfWork, bill: Bill, answer: BillAnswer) -> None:
    before = await store.ledger.balance(uow, bill.funding_line_id, "billed")
    require(answer.amounts == bill.amounts, "What is billed is what was cut, programme by programme.")
    await store.ledger.post(uow, bill.funding_line_id, "bill", bill.bill_id, journal("bill", bill.amounts))
    await store.bills.mark_billed(uow, bill.bill_id, answer.kode_iuran, answer.due_on)
    after = await store.ledger.balance(uow, bill.funding_line_id, "billed")
    require(after == before.plus(bill.amounts), "The bill's money is on the account of billed money.")
    for kind in (CaseKind.BILL_MISMATCH, CaseKind.BILL_SILENT):
        await store.cases.close_cases(uow, kind, [str(bill.bill_id)])


async def _open_mismatch(uow: UnitOfWork, bill: Bill, differences: list[str]) -> None:
    details = {"differences": ", ".join(differences), "month": bill.month, "month_run_id": str(bill.month_run_id)}
    case = NewCase(str(bill.bill_id), bill.region_code, details)
    await store.cases.open_cases(uow, CaseKind.BILL_MISMATCH, [case])
