"""What BPJS does not answer: its outcome is unknown, somebody looks, and nothing is sent again."""

from __future__ import annotations

from datetime import timedelta

from services.subsidy import store
from services.subsidy.rules.cases import CaseKind
from services.subsidy.store.cases import NewCase
from shared.messaging.outbox import UnitOfWork


async def notice_silence(uow: UnitOfWork, patience_s: int) -> int:
    """What BPJS has not answered for longer than ``patience_s``: its outcome is unknown and a case. Gives how many.

    Nothing is sent again: an answer that comes later is taken, and closes the case.
    """
    since = uow.moment - timedelta(seconds=patience_s)
    bills = await store.bills.silent_since(uow, since)
    for bill in bills:
        await store.bills.set_state(uow, bill.bill_id, "unknown")
        details: dict[str, int | str] = {"month": bill.month, "workers": bill.worker_count}
        case = NewCase(str(bill.bill_id), bill.region_code, details)
        await store.cases.open_cases(uow, CaseKind.BILL_SILENT, [case])
    orders = await store.disbursements.silent_since(uow, since)
    for order in orders:
        await store.disbursements.set_state(uow, order.disbursement_id, "unknown")
        details = {"bill_id": str(order.bill_id), "amount_rupiah": order.amounts.total_rupiah}
        case = NewCase(str(order.disbursement_id), order.region_code, details)
        await store.cases.open_cases(uow, CaseKind.PAYMENT_SILENT, [case])
    return len(bills) + len(orders)
