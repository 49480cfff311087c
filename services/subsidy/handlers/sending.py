"""What BPJS is sent, written from the database, and what it does not answer: nothing is ever sent again."""

from __future__ import annotations

from datetime import timedelta
from io import BufferedWriter

from services.subsidy import store
from services.subsidy.handlers.branch_files import OutgoingFiles
from services.subsidy.handlers.failing import SEND
from services.subsidy.rules.cases import CaseKind
from services.subsidy.rules.states import BillState, DisbursementState
from services.subsidy.rules.values import amounts_of
from services.subsidy.store.cases import NewCase
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import item


async def send_next(uow: UnitOfWork, files: OutgoingFiles) -> bool:
    """Write the oldest request and the oldest payment order that wait. False if none does.

    They are marked as sent when this transaction commits. What they hold is frozen before: written again after a
    crash, a file has the same name and bytes.
    """
    is_requested = await _send_request(uow, files)
    is_ordered = await _send_payment(uow, files)
    return is_requested or is_ordered


async def _send_request(uow: UnitOfWork, files: OutgoingFiles) -> bool:
    bill = await store.bills.next_to_request(uow, SEND)
    if bill is None:
        return False

    async def write_rows(file: BufferedWriter) -> int:
        count = await store.bills.write_request_rows(uow, bill.bill_id, file)
        require(count == bill.worker_count, "A request has a row for each worker of the bill.")
        return count

    with item(bill.bill_id):
        await files.write_request(bill.bill_id, amounts_of(bill).total_rupiah, write_rows)
        await store.bills.mark_requested(uow, bill.bill_id)
        return True


async def _send_payment(uow: UnitOfWork, files: OutgoingFiles) -> bool:
    disbursement = await store.disbursements.next_to_send(uow, SEND)
    if disbursement is None:
        return False
    with item(disbursement.disbursement_id):
        bill = await store.bills.lock(uow, disbursement.bill_id)
        require(amounts_of(disbursement) == amounts_of(bill), "What is ordered is what was billed.")
        await files.write_payment(disbursement, bill)
        await store.disbursements.mark_sent(uow, disbursement.disbursement_id)
        return True


async def notice_silence(uow: UnitOfWork, patience_s: int) -> int:
    """What BPJS has not answered for longer than ``patience_s``: its outcome is unknown and a case. Gives how many.

    An answer that comes later is taken, and closes the case.
    """
    since = uow.moment - timedelta(seconds=patience_s)
    bills = await store.bills.silent_since(uow, since)
    for bill in bills:
        await store.bills.set_state(uow, bill.bill_id, BillState.UNKNOWN)
        details: dict[str, int | str] = {"month": bill.month, "workers": bill.worker_count}
        await store.cases.open(uow, CaseKind.BILL_SILENT, [NewCase(str(bill.bill_id), bill.region_code, details)])
    orders = await store.disbursements.silent_since(uow, since)
    for order in orders:
        await store.disbursements.set_state(uow, order.disbursement_id, DisbursementState.UNKNOWN)
        details = {"bill_id": str(order.bill_id), "amount_rupiah": amounts_of(order).total_rupiah}
        case = NewCase(str(order.disbursement_id), order.region_code, details)
        await store.cases.open(uow, CaseKind.PAYMENT_SILENT, [case])
    return len(bills) + len(orders)
