"""Confirmations: matched row by row with the bill's roster, then paid in chunks; the rest stays in sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.subsidy import store
from services.subsidy.handlers.disbursements import Whole, facts_of, lock_whole
from services.subsidy.rules import Amounts, confirmation_differences, hold, journal, total_of
from services.subsidy.store.cases import NewCase
from services.subsidy.store.files import ConfirmedRow, Payment
from shared.clock import local_date
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.disbursement_settled import DisbursementSettled
from shared.messaging.outbox import UnitOfWork
from shared.money import Rupiah

PAYMENTS_PER_RUN = 25_000
CONFIRMATION_MISMATCH = "confirmation-mismatch"
CONFIRMATION_PARTIAL = "confirmation-partial"
PAYMENT_SILENT = "payment-silent"
_EXPECTING = ("instructed", "unknown", "paid-in-part", "paid")


async def take_confirmation(
    disbursement_id: UUID, file_id: UUID, rows: Sequence[ConfirmedRow], trailer_rupiah: int, uow: UnitOfWork
) -> tuple[str, str | None]:
    """Match a confirmation. Gives the file's state (paying, repeated, refused) and the reason.

    Any difference pays nothing of the file and becomes a case. Rows that were paid before change nothing.
    """
    if await store.disbursements.keys(uow, disbursement_id) is None:
        return "refused", "reference-unknown"
    whole = await lock_whole(disbursement_id, None, uow)
    if whole.disbursement.state not in _EXPECTING or whole.bill.kode_iuran is None:
        await open_mismatch(whole, ["not-instructed"], uow)
        return "refused", "not-instructed"
    if not _days_possible(whole, rows, uow):
        await open_mismatch(whole, ["days"], uow)
        return "refused", "days"
    if len({row.worker_id for row in rows}) != len(rows):
        await open_mismatch(whole, ["repeated-worker"], uow)
        return "refused", "repeated-worker"
    await store.files.stage(uow, file_id, rows)
    confirmed = await store.files.compare(uow, file_id, whole.bill.bill_id, whole.bill.kode_iuran, trailer_rupiah)
    differences = confirmation_differences(confirmed)
    if differences or confirmed.fresh == 0:
        await store.files.drop_rows(uow, file_id)
    if differences:
        await open_mismatch(whole, differences, uow)
        return "refused", differences[0]
    if confirmed.fresh == 0:
        return "repeated", None
    left = whole.disbursement.amounts.minus(whole.disbursement.paid)
    hold(confirmed.fresh_amounts.fits(left), "No more is confirmed than is outstanding.")
    for kind in (CONFIRMATION_MISMATCH, PAYMENT_SILENT):
        await store.cases.close_cases(uow, kind, [str(disbursement_id)])
    return "paying", None


def _days_possible(whole: Whole, rows: Sequence[ConfirmedRow], uow: UnitOfWork) -> bool:
    """Money leaves after the SP2D orders it, is confirmed after it has left, and neither lies in the future."""
    today, ordered_on = local_date(uow.moment), whole.disbursement.instructed_on
    days = {(row.paid_on, row.confirmed_on) for row in rows}
    return ordered_on is not None and all(ordered_on <= paid <= confirmed <= today for paid, confirmed in days)


async def pay_next(uow: UnitOfWork, limit: int = PAYMENTS_PER_RUN) -> int:
    """Pay the next rows of the oldest matched confirmation. Gives how many rows were worked through."""
    pending = await store.files.next_paying(uow)
    if pending is None:
        return 0
    file_id, disbursement_id = pending
    whole = await lock_whole(disbursement_id, None, uow)
    rows = await store.files.rows_to_pay(uow, file_id, whole.bill.bill_id, limit)
    fresh = [row for row in rows if not row["known"]]
    if fresh:
        await _pay(whole, file_id, fresh, uow)
    left = await store.files.take_rows(uow, file_id, rows[-1]["worker_id"]) if rows else 0
    if left == 0:
        await store.files.mark_applied(uow, file_id)
    paid_count = whole.disbursement.paid_count + len(fresh)
    if left == 0 or (fresh and paid_count == whole.disbursement.worker_count):
        await _conclude(disbursement_id, uow)
    return len(rows)


async def _pay(whole: Whole, file_id: UUID, rows: Sequence[Any], uow: UnitOfWork) -> None:
    line_id, disbursement_id = whole.line.funding_line_id, whole.disbursement.disbursement_id
    payments = [
        Payment(
            row["contribution_id"],
            row["worker_id"],
            row["month"],
            Amounts(row["jkk_rupiah"], row["jkm_rupiah"]),
            row["paid_on"],
            row["confirmed_on"],
        )
        for row in rows
    ]
    total = total_of(one.amounts for one in payments)
    before = await store.ledger.balance(uow, line_id, "instructed")
    hold(total.fits(before), "Only instructed money is paid.")
    journal_id = await store.ledger.post(uow, line_id, "pay", disbursement_id, journal("pay", total))
    await store.files.add_payments(uow, file_id, disbursement_id, journal_id, payments)
    await store.disbursements.add_paid(uow, disbursement_id, len(payments), total)
    after = await store.ledger.balance(uow, line_id, "instructed")
    hold(after.plus(total) == before, "What is paid is no longer outstanding, to the rupiah.")
    _announce(whole, rows, uow)


def _announce(whole: Whole, rows: Sequence[Any], uow: UnitOfWork) -> None:
    line_id, disbursement_id = whole.line.funding_line_id, whole.disbursement.disbursement_id
    payment_id, month = whole.disbursement.payment_id, facts_of(whole)["first_month"]
    if payment_id is None:
        raise ValueError("A payment has its identifier since the SP2D; nothing is paid without one.")
    nothing = Rupiah(0)
    uow.emit_all(
        ContributionPaid(
            aggregate_version=2,
            contribution_id=row["contribution_id"],
            payer_kind="subsidy",
            subject_id=row["worker_id"],
            region_code=row["region_code"],
            occupation_code=row["occupation_code"],
            month=month,
            payment_id=payment_id,
            amounts_rupiah=Amounts(row["jkk_rupiah"], row["jkm_rupiah"]).for_event(),
            amount_rupiah=Rupiah(row["jkk_rupiah"] + row["jkm_rupiah"]),
            fine_rupiah=nothing,
            outstanding_rupiah=nothing,
            paid_on=row["paid_on"],
            confirmed_on=row["confirmed_on"],
            worker_count=1,
            funding_line_id=line_id,
            disbursement_id=disbursement_id,
        )
        for row in rows
    )


async def _conclude(disbursement_id: UUID, uow: UnitOfWork) -> None:
    """After a file: settled when all is confirmed, otherwise the rest is a case and stays outstanding."""
    whole = await lock_whole(disbursement_id, None, uow)
    made, bill = whole.disbursement, whole.bill
    if made.state == "paid":  # a second file confirmed what the first had not paid yet; it was all paid before
        return
    missing = made.worker_count - made.paid_count
    hold(missing >= 0, "No more workers are paid than were billed.")
    hold(made.paid.fits(made.amounts), "No more money is paid than was billed.")
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
        await store.cases.open_cases(uow, CONFIRMATION_PARTIAL, [case])
        await store.cases.close_cases(uow, PAYMENT_SILENT, [str(disbursement_id)])
        return
    hold(made.paid == made.amounts, "When every worker is confirmed, every rupiah is.")
    settled_on = local_date(uow.moment)
    version = await store.disbursements.settle(uow, disbursement_id, settled_on)
    await store.bills.set_state(uow, bill.bill_id, "paid")
    await store.runs.close_if_paid(uow, bill.month_run_id)
    for kind in (CONFIRMATION_PARTIAL, CONFIRMATION_MISMATCH, PAYMENT_SILENT):
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


async def open_mismatch(whole: Whole, differences: Sequence[str], uow: UnitOfWork) -> None:
    """What BPJS confirms is not what was billed: a person has to look."""
    details = {
        "differences": ", ".join(differences),
        "month": whole.bill.month,
        "bill_id": str(whole.bill.bill_id),
    }
    made = whole.disbursement
    case = NewCase(str(made.disbursement_id), made.region_code, details)
    await store.cases.open_cases(uow, CONFIRMATION_MISMATCH, [case])
