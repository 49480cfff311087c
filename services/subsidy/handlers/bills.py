"""Bills: cut over what is due, asked for in a file, and matched with what BPJS answers before anything is paid."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from services.subsidy import store
from services.subsidy.handlers.visible import visible
from services.subsidy.rules.cases import CaseKind
from services.subsidy.rules.ledger import Account, Move
from services.subsidy.rules.matching import Expected, ReceivedBill, bill_differences
from services.subsidy.rules.states import BillState, FileState, RunState
from services.subsidy.rules.values import amounts_of, total_of
from services.subsidy.store.cases import NewCase
from services.subsidy.tables import Bill
from shared import audit
from shared.access.areas import AreaScope
from shared.access.errors import RefusedError
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork

_UNANSWERED = {BillState.CUT, BillState.REQUESTED, BillState.UNKNOWN, BillState.MISMATCH}


class Outcome(NamedTuple):
    """What becomes of a file, and why, where it is refused."""

    state: FileState
    reason: str | None = None


async def cut_bills(uow: UnitOfWork, run_id: UUID, actor: str, areas: AreaScope) -> list[Bill]:
    """Cut one bill per group over all due months of the run that stand on none. The run takes nobody in meanwhile.

    Raises NotVisibleError, and RefusedError when the run is still assessing or nothing is left to bill.
    """
    line_id = visible(await store.runs.find(uow, areas.sql_prefixes(), run_id=run_id)).funding_line_id
    await store.funding.lock(uow, line_id)
    run = await store.runs.lock(uow, run_id)
    if run.assessing:
        raise RefusedError("run-still-assessing")
    collected, left_out = await store.bills.collected(uow, run_id)
    if not collected:
        raise RefusedError("nothing-to-bill")
    bills = [
        Bill(
            bill_id=months.bill_id,
            month_run_id=run_id,
            funding_line_id=line_id,
            region_code=run.region_code,
            group_id=months.group_id,
            month=run.month,
            worker_count=months.workers,
            jkk_rupiah=months.amounts.jkk_rupiah,
            jkm_rupiah=months.amounts.jkm_rupiah,
            state=BillState.CUT,
            created_by=actor,
            created_at=uow.moment,
        )
        for months in collected
    ]
    reserved = await store.ledger.balance(uow, line_id, Account.RESERVED)
    require(total_of(map(amounts_of, bills)).fits(reserved), "Only reserved money is billed.")
    await store.bills.add(uow, run_id, bills)
    billed = await store.bills.billed_workers(uow, run_id)
    require(billed + left_out == run.due_count, "Whatever is due stands on a bill, unless its worker has left.")
    await store.runs.set_state(uow, run_id, RunState.BILLED)
    for bill in bills:
        details = {"workers": bill.worker_count, "amount_rupiah": amounts_of(bill).total_rupiah}
        await audit.record(uow, uow.moment, actor, "cut-bill", f"bill {bill.bill_id}", details)
    return bills


async def take_bill(uow: UnitOfWork, bill_id: UUID, answer: ReceivedBill) -> Outcome:
    """Match BPJS's bill with the one that was cut: the file is applied, repeated or refused.

    A difference moves nothing and becomes a case; a corrected bill may follow. A bill that is known changes nothing.
    """
    line_id = await store.bills.line_of(uow, bill_id)
    if line_id is None:
        return Outcome(FileState.REFUSED, "reference-unknown")
    await store.funding.lock(uow, line_id)
    bill = await store.bills.lock(uow, bill_id)
    differences = bill_differences(_expected(bill), answer)
    if bill.state not in _UNANSWERED:
        if not differences and answer.kode_iuran == bill.kode_iuran:
            return Outcome(FileState.REPEATED)
        differences = differences or ["kode-iuran-changed"]
        await _open_mismatch(uow, bill, differences)
        return Outcome(FileState.REFUSED, differences[0])
    if not differences and await store.bills.kode_iuran_used(uow, answer.kode_iuran):
        differences = ["kode-iuran-used"]
    if differences:
        await store.bills.set_state(uow, bill_id, BillState.MISMATCH)
        await _open_mismatch(uow, bill, differences)
        return Outcome(FileState.REFUSED, differences[0])
    await _accept(uow, bill, answer)
    return Outcome(FileState.APPLIED)


async def _accept(uow: UnitOfWork, bill: Bill, answer: ReceivedBill) -> None:
    amounts = amounts_of(bill)
    before = await store.ledger.balance(uow, bill.funding_line_id, Account.BILLED)
    require(answer.amounts == amounts, "What is billed is what was cut, programme by programme.")
    await store.ledger.post(uow, bill.funding_line_id, Move.BILL, bill.bill_id, amounts)
    await store.bills.mark_billed(uow, bill.bill_id, answer.kode_iuran, answer.due_on)
    after = await store.ledger.balance(uow, bill.funding_line_id, Account.BILLED)
    require(after == before.plus(amounts), "The bill's money is on the account of billed money.")
    for kind in (CaseKind.BILL_MISMATCH, CaseKind.BILL_SILENT):
        await store.cases.close(uow, kind, [str(bill.bill_id)])


def _expected(bill: Bill) -> Expected:
    return Expected(bill.bill_id, bill.group_id, bill.month, bill.worker_count, amounts_of(bill))


async def _open_mismatch(uow: UnitOfWork, bill: Bill, differences: list[str]) -> None:
    details = {"differences": ", ".join(differences), "month": bill.month, "month_run_id": str(bill.month_run_id)}
    case = NewCase(str(bill.bill_id), bill.region_code, details)
    await store.cases.open(uow, CaseKind.BILL_MISMATCH, [case])
