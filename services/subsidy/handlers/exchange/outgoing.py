"""Files for BPJS: bill requests and payment orders, written from the database as it sends the rows."""

from __future__ import annotations

from typing import Final

from services.subsidy import store
from services.subsidy.handlers.failing import SEND
from shared.exchange import Exchange, header_line, trailer_line, write_records
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import item

REQUEST_COLUMNS: Final = ("group_id", "month", "worker_ref", "jkk_rupiah", "jkm_rupiah")
PAYMENT_COLUMNS: Final = ("disbursement_id", "bill_id", "kode_iuran", "sp2d_number", "amount_rupiah", "paid_on")


async def send_next(uow: UnitOfWork, folder: Exchange) -> bool:
    """Write the oldest request and the oldest payment order that wait. False if none does.

    They are marked as sent when this transaction commits. What they hold is frozen before: written again after a
    crash, a file has the same name and bytes.
    """
    requested = await _send_request(uow, folder)
    ordered = await _send_payment(uow, folder)
    return requested or ordered


async def _send_request(uow: UnitOfWork, folder: Exchange) -> bool:
    bill = await store.bills.next_to_request(uow, SEND)
    if bill is None:
        return False
    with item(bill.bill_id):
        async with folder.writing(f"bill-request_{bill.bill_id}.csv") as file:
            file.write(header_line(REQUEST_COLUMNS))
            count = await store.bills.write_request_rows(uow, bill.bill_id, file)
            require(count == bill.worker_count, "A request has a row for each worker of the bill.")
            file.write(trailer_line(count, bill.amounts.total_rupiah))
        await store.bills.mark_requested(uow, bill.bill_id)
        return True


async def _send_payment(uow: UnitOfWork, folder: Exchange) -> bool:
    made = await store.disbursements.next_to_send(uow, SEND)
    if made is None:
        return False
    with item(made.disbursement_id):
        bill = await store.bills.lock(uow, made.bill_id)
        amount_rupiah = made.amounts.total_rupiah
        row = (made.disbursement_id, bill.bill_id, bill.kode_iuran, made.sp2d_number, amount_rupiah, made.instructed_on)
        async with folder.writing(f"payment_{made.disbursement_id}.csv") as file:
            for line in write_records(PAYMENT_COLUMNS, [row], total_rupiah=amount_rupiah):
                file.write(f"{line}\n".encode())
        await store.disbursements.mark_sent(uow, made.disbursement_id)
        return True
