"""Takes a file of payments and matches them at once with what is assessed; the others wait for their month."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.compliance.handlers.settling import settle_accounts
from services.compliance.handlers.uploads import TakenFile, Upload, begin, finish
from services.compliance.rules.employers import KnownEmployer
from services.compliance.rules.rows import PaymentRow, PaymentSheet
from services.compliance.rules.sheet import Outcome
from services.compliance.store import employers, files, money
from shared.clock import local_date
from shared.messaging.outbox import UnitOfWork

_Said = tuple[UUID, int, int, object]


async def import_payments(uow: UnitOfWork, upload: Upload, sheet: PaymentSheet) -> TakenFile | UUID:
    """Take the file; gives the id of the same file instead if it had been taken before."""
    file = await begin(uow, upload, "payments")
    if not isinstance(file, files.NewFile):
        return UUID(str(file["file_id"]))
    known = await employers.lock_in_area(uow, [row.npp for row in sheet.rows], upload.area_codes)
    recorded = await money.payments_by_number(uow, [row.payment_number for row in sheet.rows])
    said: dict[tuple[str, str], _Said] = {
        (row["payment_number"], row["month"]): (
            row["employer_id"], row["contribution_rupiah"], row["fine_rupiah"], row["paid_on"],
        )
        for row in recorded
    }  # fmt: skip
    owners = {row["payment_number"]: row["employer_id"] for row in recorded}
    outcomes, new = list(sheet.refused), []
    for row in sheet.rows:
        outcome = _judge(row, known, said, owners)
        outcomes.append(outcome)
        if outcome.outcome == "accepted":
            employer_id = owners[row.payment_number] = known[row.npp].employer_id
            said[row.payment_number, row.month] = _says(employer_id, row)
            new.append(
                money.NewPayment(
                    uow.ids.next(), employer_id, row.month, row.payment_number, row.contribution_rupiah,
                    row.fine_rupiah, row.paid_on,
                )
            )  # fmt: skip
    accepted_rupiah = sum(r.contribution_rupiah + r.fine_rupiah for r in new)
    assert len({(payment.payment_number, payment.month) for payment in new}) == len(new)  # noqa: S101 - none counts twice
    assert accepted_rupiah > 0 or not new, "a payment moves money"  # noqa: S101 - invariant of money
    await files.add_file(uow, file, outcomes)
    await money.add_payments(uow, new, file.file_id, local_date(uow.moment))
    await settle_accounts(uow, sorted({payment.employer_id for payment in new}))
    return await finish(uow, file, outcomes)


def _judge(
    row: PaymentRow,
    known: Mapping[str, KnownEmployer],
    said: Mapping[tuple[str, str], _Said],
    owners: Mapping[str, UUID],
) -> Outcome:
    """A receipt's number belongs to one employer and may serve several months, each once."""
    employer = known.get(row.npp)
    if employer is None:
        return Outcome(row.number, "refused", "npp-unknown")
    before = said.get((row.payment_number, row.month))
    if before is not None and before == _says(employer.employer_id, row):
        return Outcome(row.number, "known", "already-known")
    if before is not None or owners.get(row.payment_number, employer.employer_id) != employer.employer_id:
        return Outcome(row.number, "refused", "payment-number-differs")
    return Outcome(row.number, "accepted")


def _says(employer_id: UUID, row: PaymentRow) -> _Said:
    return (employer_id, row.contribution_rupiah, row.fine_rupiah, row.paid_on)
