"""Takes a file of payments and matches them at once with what is assessed; the others wait for their month."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.compliance import store
from services.compliance.handlers.settling import settle_accounts
from services.compliance.handlers.uploads import TakenFile, Upload, find_taken, finish, record_file
from services.compliance.rules.rows import PaymentRow, PaymentSheet
from services.compliance.rules.rulebook import Rulebook
from services.compliance.rules.sheet import Outcome, refused
from services.compliance.rules.states import FileKind, RowOutcome
from services.compliance.store.payments import NewPayment
from shared.clock import local_date
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month


class _Paid(NamedTuple):
    """What is on record of a payment for a month, or would be."""

    employer_id: UUID
    contribution_rupiah: int
    fine_rupiah: int
    paid_on: date


async def import_payments(uow: UnitOfWork, upload: Upload, sheet: PaymentSheet, rulebook: Rulebook) -> TakenFile:
    """Take the file; gives the same file instead if it had been taken before."""
    if taken := await find_taken(uow, upload, FileKind.PAYMENTS):
        return taken
    employers = await store.employers.lock(uow, [row.npp for row in sheet.rows], upload.area_codes)
    recorded = await store.payments.by_number(uow, [row.payment_number for row in sheet.rows])
    paid = {
        (payment.payment_number, Month.parse(payment.month)): _Paid(
            payment.employer_id, payment.contribution_rupiah, payment.fine_rupiah, payment.paid_on
        )
        for payment in recorded
    }
    owners = {payment.payment_number: payment.employer_id for payment in recorded}
    outcomes, new = list(sheet.refused), []
    for row in sheet.rows:
        employer = employers.get(row.npp)
        if employer is None:
            outcomes.append(refused(row.number, "npp-unknown"))
            continue
        claimed = _Paid(employer.employer_id, row.contribution_rupiah, row.fine_rupiah, row.paid_on)
        owner = owners.setdefault(row.payment_number, employer.employer_id)
        outcome = _judge(row, claimed, paid.get((row.payment_number, row.month)), owner)
        outcomes.append(outcome)
        if outcome.outcome is RowOutcome.ACCEPTED:
            paid[row.payment_number, row.month] = claimed
            new.append(NewPayment(uow.ids.next(), employer.employer_id, row))
    numbers = {(payment.row.payment_number, payment.row.month) for payment in new}
    require(len(numbers) == len(new), "No payment counts twice.")
    accepted_rupiah = sum(payment.row.contribution_rupiah + payment.row.fine_rupiah for payment in new)
    require(accepted_rupiah > 0 or not new, "A payment moves money.")
    file = await record_file(uow, upload, FileKind.PAYMENTS, outcomes)
    await store.payments.add(uow, new, file.file_id, local_date(uow.moment))
    await settle_accounts(uow, rulebook, sorted({payment.employer_id for payment in new}))
    return await finish(uow, file, outcomes)


def _judge(row: PaymentRow, claimed: _Paid, before: _Paid | None, owner: UUID) -> Outcome:
    """A receipt's number belongs to one employer (``owner``) and may serve several months, each once (``before``)."""
    if before == claimed:
        return Outcome(row.number, RowOutcome.KNOWN, "already-known")
    if before is not None or owner != claimed.employer_id:
        return refused(row.number, "payment-number-differs")
    return Outcome(row.number, RowOutcome.ACCEPTED)
