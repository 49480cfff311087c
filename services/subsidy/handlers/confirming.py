"""A confirmation that is read: matched with what was billed and ordered, before any row of it is paid."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.subsidy import store
from services.subsidy.handlers.disbursements import Whole, lock_whole
from services.subsidy.rules.cases import CaseKind
from services.subsidy.rules.matching import Confirmed, confirmation_differences, days_possible
from services.subsidy.rules.values import NOTHING
from services.subsidy.store.cases import NewCase
from shared.clock import local_date
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork

_EXPECTING = ("instructed", "unknown", "paid-in-part", "paid")


async def conclude(
    uow: UnitOfWork, disbursement_id: UUID, file_id: UUID, trailer_rupiah: int
) -> tuple[str, str | None]:
    """Decide on a confirmation whose rows are all compared. Gives its state (paying, repeated, refused) and the reason.

    Any difference pays nothing of the file and becomes a case. Rows that were paid before change nothing.
    """
    # Before the lock: for a million rows it takes a second.
    is_repeated = await store.confirmations.any_repeated(uow, file_id)
    whole = await lock_whole(uow, disbursement_id, None)
    confirmed = await _confirmed(uow, whole, file_id, trailer_rupiah)
    ordered_on, today = whole.disbursement.instructed_on, local_date(uow.moment)
    if whole.disbursement.state not in _EXPECTING or ordered_on is None:
        differences = ["not-instructed"]
    elif not days_possible(ordered_on, today, await store.confirmations.days(uow, file_id)):
        differences = ["days"]
    elif is_repeated:
        differences = ["repeated-worker"]
    else:
        differences = confirmation_differences(confirmed)
    if differences:
        await _open_mismatch(uow, whole, differences)
        return "refused", differences[0]
    if confirmed.fresh == 0:
        return "repeated", None
    left = whole.disbursement.amounts.minus(whole.disbursement.paid)
    require(confirmed.fresh_amounts.fits(left), "No more is confirmed than is outstanding.")
    for kind in (CaseKind.CONFIRMATION_MISMATCH, CaseKind.PAYMENT_SILENT):
        await store.cases.close_cases(uow, kind, [str(disbursement_id)])
    return "paying", None


async def _confirmed(uow: UnitOfWork, whole: Whole, file_id: UUID, trailer_rupiah: int) -> Confirmed:
    match = await store.confirmations.match(uow, file_id)
    known, known_amounts = 0, NOTHING
    if whole.disbursement.paid_count:  # else none of the bill is paid: nobody else pays it
        known, known_amounts = await store.confirmations.known(uow, file_id, whole.bill.bill_id)
    return Confirmed(
        rows=match.rows,
        fresh=match.agreeing - known,
        known=known,
        unknown_worker=match.unknown_worker,
        other_amount=match.other_amount,
        other_month=match.other_month,
        other_kode_iuran=match.other_kode_iuran,
        fresh_amounts=match.amounts.minus(known_amounts),
        sum_rupiah=match.sum_rupiah,
        trailer_rupiah=trailer_rupiah,
    )


async def _open_mismatch(uow: UnitOfWork, whole: Whole, differences: Sequence[str]) -> None:
    """What BPJS confirms is not what was billed: a person has to look."""
    details = {
        "differences": ", ".join(differences),
        "month": whole.bill.month,
        "bill_id": str(whole.bill.bill_id),
    }
    made = whole.disbursement
    case = NewCase(str(made.disbursement_id), made.region_code, details)
    await store.cases.open_cases(uow, CaseKind.CONFIRMATION_MISMATCH, [case])
