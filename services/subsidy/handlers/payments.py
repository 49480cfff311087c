"""What a matched confirmation says is paid in chunks, each month once; the rest stays in sight."""

from __future__ import annotations

from uuid import UUID

from services.subsidy import store
from services.subsidy.handlers.disbursements import Whole, facts_of, lock_whole
from services.subsidy.handlers.failing import PAY
from services.subsidy.rules.cases import CaseKind
from services.subsidy.rules.ledger import journal
from services.subsidy.rules.values import total_of
from services.subsidy.store.cases import NewCase
from services.subsidy.store.confirmations import Paid
from shared.clock import local_date
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.disbursement_settled import DisbursementSettled
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork
from shared.money import Rupiah
from shared.service.jobs import item

PAYMENTS_PER_RUN = 15_000


async def pay_next(uow: UnitOfWork, limit: int = PAYMENTS_PER_RUN) -> int:
    """Pay the next workers of the oldest matched confirmation. Gives how many were worked through."""
    pending = await store.files.next_paying(uow, PAY)
    if pending is None:
        return 0
    file_id, disbursement_id = pending
    with item(file_id):
        whole = await lock_whole(uow, disbursement_id, None)
        up_to, workers = await store.confirmations.next_part(uow, file_id, limit)
        paid_count = whole.disbursement.paid_count + await _pay(uow, whole, file_id, up_to)
        is_last = not await store.confirmations.any_left(uow, file_id)
        if is_last:
            await store.files.mark_applied(uow, file_id)
        if is_last or (paid_count > whole.disbursement.paid_count and paid_count == whole.disbursement.worker_count):
            await _conclude(uow, disbursement_id)
        return workers


async def _pay(uow: UnitOfWork, whole: Whole, file_id: UUID, up_to: int) -> int:
    """Pay the file's parts up to a number. Gives how many months were paid that were not before."""
    line_id, disbursement_id = whole.line.funding_line_id, whole.disbursement.disbursement_id
    before = await store.ledger.balance(uow, line_id, "instructed")
    journal_id = uow.ids.next()
    alike = await store.confirmations.pay(uow, file_id, whole.bill.bill_id, up_to, disbursement_id, journal_id)
    require(all(one.amounts.total_rupiah > 0 for one in alike), "A payment is about money.")
    if not alike:
        return 0
    count = sum(len(one.workers) for one in alike)
    total = total_of(one.amounts.times(len(one.workers)) for one in alike)
    require(total.fits(before), "Only instructed money is paid.")
    await store.ledger.post(uow, line_id, "pay", disbursement_id, journal("pay", total), journal_id=journal_id)
    await store.disbursements.add_paid(uow, disbursement_id, count, total)
    after = await store.ledger.balance(uow, line_id, "instructed")
    require(after.plus(total) == before, "What is paid is no longer outstanding, to the rupiah.")
    for one in alike:
        _announce(uow, whole, one)
    return count


def _announce(uow: UnitOfWork, whole: Whole, paid: Paid) -> None:
    made = whole.disbursement
    if made.payment_id is None:
        raise ValueError("A payment has its identifier since the SP2D; nothing is paid without one.")
    nothing = Rupiah(0)
    first = ContributionPaid(
        aggregate_version=2,
        contribution_id=paid.workers[0][0],
        payer_kind="subsidy",
        subject_id=paid.workers[0][1],
        region_code=paid.region_code,
        occupation_code=paid.occupation_code,
        month=facts_of(whole)["first_month"],
        payment_id=made.payment_id,
        amounts_rupiah=paid.amounts.for_event(),
        amount_rupiah=Rupiah(paid.amounts.total_rupiah),
        fine_rupiah=nothing,
        outstanding_rupiah=nothing,
        paid_on=paid.paid_on,
        confirmed_on=paid.confirmed_on,
        worker_count=1,
        funding_line_id=whole.line.funding_line_id,
        disbursement_id=made.disbursement_id,
    )
    uow.emit_copies(first, ("contribution_id", "subject_id"), paid.workers)


async def _conclude(uow: UnitOfWork, disbursement_id: UUID) -> None:
    """After a file: settled when all is confirmed, otherwise the rest is a case and stays outstanding."""
    whole = await lock_whole(uow, disbursement_id, None)
    made, bill = whole.disbursement, whole.bill
    if made.state == "paid":  # a second file confirmed what the first had not paid yet; it was all paid before
        return
    missing = made.worker_count - made.paid_count
    require(missing >= 0, "No more workers are paid than were billed.")
    require(made.paid.fits(made.amounts), "No more money is paid than was billed.")
    if missing:
        await store.disbursements.set_state(uow, disbursement_id, "paid-in-part")
        await store.bills.set_state(uow, bill.bill_id, "paid-in-part")
        details: dict[str, int | str] = {
            "missing_workers": missing,
            "outstanding_rupiah": made.amounts.minus(made.paid).total_rupiah,
            "month": bill.month,
            "bill_id": str(bill.bill_id),
        }
        case = NewCase(str(disbursement_id), made.region_code, details)
        await store.cases.open_cases(uow, CaseKind.CONFIRMATION_PARTIAL, [case])
        await store.cases.close_cases(uow, CaseKind.PAYMENT_SILENT, [str(disbursement_id)])
        return
    require(made.paid == made.amounts, "When every worker is confirmed, every rupiah is.")
    settled_on = local_date(uow.moment)
    version = await store.disbursements.settle(uow, disbursement_id, settled_on)
    await store.bills.set_state(uow, bill.bill_id, "paid")
    await store.runs.close_if_paid(uow, bill.month_run_id)
    for kind in (CaseKind.CONFIRMATION_PARTIAL, CaseKind.CONFIRMATION_MISMATCH, CaseKind.PAYMENT_SILENT):
        await store.cases.close_cases(uow, kind, [str(disbursement_id)])
    uow.emit(
        DisbursementSettled(
            **facts_of(whole) | {"aggregate_version": version},
            settled_on=settled_on,
            outcome="paid",
            confirmed_rupiah=Rupiah(made.paid.total_rupiah),
            payment_id=made.payment_id,
        )
    )
