"""Confirmations: matched with what was billed and ordered before any row is paid, then paid in chunks, each month once.

What is not confirmed stays in sight.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.subsidy import store
from services.subsidy.handlers.bills import Outcome
from services.subsidy.handlers.disbursements import LockedDisbursement, event_facts, lock, paid_amounts
from services.subsidy.handlers.failing import PAY
from services.subsidy.rules.cases import CaseKind
from services.subsidy.rules.ledger import Account, Move
from services.subsidy.rules.matching import Confirmed, confirmation_differences, days_possible
from services.subsidy.rules.states import BillState, DisbursementState, FileState
from services.subsidy.rules.values import NOTHING, amounts_of, total_of
from services.subsidy.store.cases import NewCase
from services.subsidy.store.confirmations import Paid, PaidBefore
from shared.clock import local_date
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.disbursement_settled import DisbursementSettled
from shared.invariants import require, require_some
from shared.messaging.outbox import UnitOfWork
from shared.money import Rupiah
from shared.periods import Month
from shared.service.jobs import item

PAYMENTS_PER_RUN = 15_000
_EXPECTING = {
    DisbursementState.INSTRUCTED,
    DisbursementState.UNKNOWN,
    DisbursementState.PAID_IN_PART,
    DisbursementState.PAID,
}


async def match_confirmation(uow: UnitOfWork, disbursement_id: UUID, file_id: UUID, trailer_rupiah: int) -> Outcome:
    """Decide on a confirmation whose rows are all compared: it is paying, repeated or refused.

    Any difference pays nothing of the file and becomes a case. Rows that were paid before change nothing.
    """
    # Before the lock: for a million rows it takes a second.
    is_repeated = await store.confirmations.any_repeated(uow, file_id)
    locked = await lock(uow, disbursement_id)
    confirmed = await _confirmed(uow, locked, file_id, trailer_rupiah)
    ordered_on, today = locked.disbursement.instructed_on, local_date(uow.moment)
    if locked.disbursement.state not in _EXPECTING or ordered_on is None:
        differences = ["not-instructed"]
    elif not days_possible(ordered_on, today, await store.confirmations.days(uow, file_id)):
        differences = ["days"]
    elif is_repeated:
        differences = ["repeated-worker"]
    else:
        differences = confirmation_differences(confirmed)
    if differences:
        await _open_mismatch(uow, locked, differences)
        return Outcome(FileState.REFUSED, differences[0])
    if confirmed.fresh == 0:
        return Outcome(FileState.REPEATED)
    left = amounts_of(locked.disbursement).minus(paid_amounts(locked.disbursement))
    require(confirmed.fresh_amounts.fits(left), "No more is confirmed than is outstanding.")
    for kind in (CaseKind.CONFIRMATION_MISMATCH, CaseKind.PAYMENT_SILENT):
        await store.cases.close(uow, kind, [str(disbursement_id)])
    return Outcome(FileState.PAYING)


async def _confirmed(uow: UnitOfWork, locked: LockedDisbursement, file_id: UUID, trailer_rupiah: int) -> Confirmed:
    match = await store.confirmations.match(uow, file_id)
    repeated = PaidBefore(0, NOTHING)
    if locked.disbursement.paid_count:  # else none of the bill is paid: nobody else pays it
        repeated = await store.confirmations.paid_before(uow, file_id, locked.bill.bill_id)
    return Confirmed(
        rows=match.rows,
        fresh=match.agreeing - repeated.workers,
        paid_before=repeated.workers,
        unknown_worker=match.unknown_worker,
        other_amount=match.other_amount,
        other_month=match.other_month,
        other_kode_iuran=match.other_kode_iuran,
        fresh_amounts=amounts_of(match).minus(repeated.amounts),
        sum_rupiah=match.sum_rupiah,
        trailer_rupiah=trailer_rupiah,
    )


async def _open_mismatch(uow: UnitOfWork, locked: LockedDisbursement, differences: Sequence[str]) -> None:
    """What BPJS confirms is not what was billed: a person has to look."""
    details = {"differences": ", ".join(differences), "month": locked.bill.month, "bill_id": str(locked.bill.bill_id)}
    case = NewCase(str(locked.disbursement.disbursement_id), locked.disbursement.region_code, details)
    await store.cases.open(uow, CaseKind.CONFIRMATION_MISMATCH, [case])


async def pay_next(uow: UnitOfWork, limit: int = PAYMENTS_PER_RUN) -> int:
    """Pay the next workers of the oldest matched confirmation. Gives how many were worked through."""
    pending = await store.files.next_paying(uow, PAY)
    if pending is None:
        return 0
    file_id = pending.file_id
    with item(file_id):
        locked = await lock(uow, pending.disbursement_id)
        before = locked.disbursement
        parts = await store.confirmations.next_part(uow, file_id, limit)
        paid_count = before.paid_count + await _pay(uow, locked, file_id, parts.up_to)
        is_last = not await store.confirmations.any_left(uow, file_id)
        if is_last:
            await store.files.mark_applied(uow, file_id)
        if is_last or (paid_count > before.paid_count and paid_count == before.worker_count):
            await _settle(uow, pending.disbursement_id)
        return parts.workers


async def _pay(uow: UnitOfWork, locked: LockedDisbursement, file_id: UUID, up_to: int) -> int:
    """Pay the file's parts up to a number. Gives how many months were paid that were not before."""
    line_id, disbursement_id = locked.line.funding_line_id, locked.disbursement.disbursement_id
    before = await store.ledger.balance(uow, line_id, Account.INSTRUCTED)
    journal_id = uow.ids.next()
    alike = await store.confirmations.pay(uow, file_id, locked.bill.bill_id, up_to, disbursement_id, journal_id)
    require(all(paid.amounts.total_rupiah > 0 for paid in alike), "A payment is about money.")
    if not alike:
        return 0
    count = sum(len(paid.months) for paid in alike)
    total = total_of(paid.amounts.times(len(paid.months)) for paid in alike)
    require(total.fits(before), "Only instructed money is paid.")
    await store.ledger.post(uow, line_id, Move.PAY, disbursement_id, total, journal_id=journal_id)
    await store.disbursements.add_paid(uow, disbursement_id, count, total)
    after = await store.ledger.balance(uow, line_id, Account.INSTRUCTED)
    require(after.plus(total) == before, "What is paid is no longer outstanding, to the rupiah.")
    for paid in alike:
        _announce(uow, locked, paid)
    return count


def _announce(uow: UnitOfWork, locked: LockedDisbursement, paid: Paid) -> None:
    payment_id = require_some(locked.disbursement.payment_id, "A payment has its identifier since the SP2D.")
    contribution_id, worker_id = paid.months[0]
    nothing = Rupiah(0)
    first = ContributionPaid(
        aggregate_version=2,
        contribution_id=contribution_id,
        payer_kind="subsidy",
        subject_id=worker_id,
        region_code=paid.region_code,
        occupation_code=paid.occupation_code,
        month=Month.parse(locked.bill.month),
        payment_id=payment_id,
        amounts_rupiah=paid.amounts.for_event(),
        amount_rupiah=Rupiah(paid.amounts.total_rupiah),
        fine_rupiah=nothing,
        outstanding_rupiah=nothing,
        paid_on=paid.paid_on,
        confirmed_on=paid.confirmed_on,
        worker_count=1,
        funding_line_id=locked.line.funding_line_id,
        disbursement_id=locked.disbursement.disbursement_id,
    )
    uow.emit_copies(first, ("contribution_id", "subject_id"), paid.months)


async def _settle(uow: UnitOfWork, disbursement_id: UUID) -> None:
    """After a file: settled when all is confirmed, otherwise the rest is a case and stays outstanding."""
    locked = await lock(uow, disbursement_id)
    disbursement, bill = locked.disbursement, locked.bill
    due, paid = amounts_of(disbursement), paid_amounts(disbursement)
    if disbursement.state == DisbursementState.PAID:
        return  # a second file confirmed what the first had not paid yet; it was all paid before
    missing = disbursement.worker_count - disbursement.paid_count
    require(missing >= 0, "No more workers are paid than were billed.")
    require(paid.fits(due), "No more money is paid than was billed.")
    if missing:
        await store.disbursements.set_state(uow, disbursement_id, DisbursementState.PAID_IN_PART)
        await store.bills.set_state(uow, bill.bill_id, BillState.PAID_IN_PART)
        details: dict[str, int | str] = {
            "missing_workers": missing,
            "outstanding_rupiah": due.minus(paid).total_rupiah,
            "month": bill.month,
            "bill_id": str(bill.bill_id),
        }
        case = NewCase(str(disbursement_id), disbursement.region_code, details)
        await store.cases.open(uow, CaseKind.CONFIRMATION_PARTIAL, [case])
        await store.cases.close(uow, CaseKind.PAYMENT_SILENT, [str(disbursement_id)])
        return
    require(paid == due, "When every worker is confirmed, every rupiah is.")
    settled_on = local_date(uow.moment)
    version = await store.disbursements.settle(uow, disbursement_id, settled_on)
    await store.bills.set_state(uow, bill.bill_id, BillState.PAID)
    await store.runs.close_if_paid(uow, bill.month_run_id)
    for kind in (CaseKind.CONFIRMATION_PARTIAL, CaseKind.CONFIRMATION_MISMATCH, CaseKind.PAYMENT_SILENT):
        await store.cases.close(uow, kind, [str(disbursement_id)])
    uow.emit(
        DisbursementSettled(
            **event_facts(locked, version),
            settled_on=settled_on,
            outcome="paid",
            confirmed_rupiah=Rupiah(paid.total_rupiah),
            payment_id=disbursement.payment_id,
        )
    )
