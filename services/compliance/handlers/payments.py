"""Takes a file of payments and matches them at once with what is assessed; the others wait for their month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.compliance import store
from services.compliance.handlers.settling import settle_accounts
from services.compliance.handlers.uploads import TakenFile, Upload, find_taken, finish, record_file
from services.compliance.rules.employers import KnownEmployer
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


class _NumberMonth(NamedTuple):
    """A receipt's number may serve several months, each once."""

    payment_number: str
    month: Month


async def import_payments(uow: UnitOfWork, upload: Upload, sheet: PaymentSheet, rulebook: Rulebook) -> TakenFile:
    """Take the file; gives the same file instead if it had been taken before."""
    if taken := await find_taken(uow, upload, FileKind.PAYMENTS):
        return taken
    employers = await store.employers.lock(uow, [row.npp for row in sheet.rows], upload.area_codes)
    recorded = await store.payments.by_number(uow, [row.payment_number for row in sheet.rows])
    paid = {
        _NumberMonth(payment.payment_number, Month.parse(payment.month)): _Paid(
            payment.employer_id, payment.contribution_rupiah, payment.fine_rupiah, payment.paid_on
        )
        for payment in recorded
    }
    owners = {payment.payment_number: payment.employer_id for payment in recorded}
    outcomes, new = list(sheet.refused), []
    for row in sheet.rows:
        outcome = _judge(row, employers, paid, owners)
        outcomes.append(outcome)
        if outcome.outcome is RowOutcome.ACCEPTED:
            employer_id = owners[row.payment_number] = employers[row.npp].employer_id
            paid[_NumberMonth(row.payment_number, row.month)] = _paid_by(employer_id, row)
            new.append(NewPayment(uow.ids.next(), employer_id, row))
    numbers = {(payment.row.payment_number, payment.row.month) for payment in new}
    require(len(numbers) == len(new), "No payment counts twice.")
    accepted_rupiah = sum(payment.row.contribution_rupiah + payment.row.fine_rupiah for payment in new)
    require(accepted_rupiah > 0 or not new, "A payment moves money.")
    file = await record_file(uow, upload, FileKind.PAYMENTS, outcomes)
    await store.payments.add(uow, new, file.file_id, local_date(uow.moment))
    await settle_accounts(uow, rulebook, sorted({payment.employer_id for payment in new}))
    return await finish(uow, file, outcomes)


def _judge(
    row: PaymentRow,
    employers: Mapping[str, KnownEmployer],
    paid: Mapping[_NumberMonth, _Paid],
    owners: Mapping[str, UUID],
) -> Outcome:
    """A receipt's number belongs to one employer and may serve several months, each once."""
    employer = employers.get(row.npp)
    if employer is None:
        return refused(row.number, "npp-unknown")
    before = paid.get(_NumberMonth(row.payment_number, row.month))
    if before is not None and before == _paid_by(employer.employer_id, row):
        return Outcome(row.number, RowOutcome.KNOWN, "already-known")
    if before is not None or owners.get(row.payment_number, employer.employer_id) != employer.employer_id:
        return refused(row.number, "payment-number-differs")
    return Outcome(row.number, RowOutcome.ACCEPTED)


def _paid_by(employer_id: UUID, row: PaymentRow) -> _Paid:
    return _Paid(employer_id, row.contribution_rupiah, row.fine_rupiah, row.paid_on)
