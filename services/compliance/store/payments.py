"""Payments, and what of each has found no debt yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.compliance.rules.accounts import Payment
from services.compliance.rules.rows import PaymentRow
from services.compliance.tables import Payment as StoredPayment
from shared.database import Transaction
from shared.database.records import columns, records
from shared.periods import Month

_BY_NUMBER = f"SELECT {columns(StoredPayment)} FROM payment WHERE payment_number = ANY($1::text[])"  # noqa: S608 - constant
# Money for a month that is not assessed waits. Payments that have given are loaded too: some may be taken back.
_USABLE = """
SELECT p.payment_id, p.employer_id, p.month, p.paid_on, p.contribution_left_rupiah, p.fine_left_rupiah
FROM payment p
WHERE p.payment_id = ANY($2::uuid[]) OR (
    p.employer_id = ANY($1::uuid[]) AND (p.contribution_left_rupiah > 0 OR p.fine_left_rupiah > 0)
    AND EXISTS (SELECT 1 FROM contribution c WHERE c.employer_id = p.employer_id AND c.month = p.month)
)
"""
_CONFIRMED = "SELECT payment_id, confirmed_on FROM payment WHERE payment_id = ANY($1::uuid[])"
_SET_LEFT = """
UPDATE payment p SET contribution_left_rupiah = n.contribution_left, fine_left_rupiah = n.fine_left
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS n(payment_id, contribution_left, fine_left)
WHERE p.payment_id = n.payment_id
"""


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A row of a file that is to be put on record as a payment."""

    payment_id: UUID
    employer_id: UUID
    row: PaymentRow


async def by_number(tx: Transaction, numbers: Sequence[str]) -> list[StoredPayment]:
    """Payments on record with one of these numbers."""
    return records(StoredPayment, await tx.fetch(_BY_NUMBER, sorted(set(numbers))))


async def add(tx: Transaction, payments: Sequence[NewPayment], file_id: UUID, confirmed_on: date) -> None:
    """Put payments on record; all of their money is still left."""
    rows = [
        (
            new.payment_id, new.employer_id, str(row.month), row.payment_number, row.contribution_rupiah,
            row.fine_rupiah, row.contribution_rupiah, row.fine_rupiah, row.paid_on, confirmed_on, file_id,
        )
        for new in payments
        for row in (new.row,)
    ]  # fmt: skip
    await tx.copy_rows("payment", list(StoredPayment.model_fields), rows)


async def usable(tx: Transaction, employer_ids: Sequence[UUID], givers: Sequence[UUID]) -> list[Payment]:
    """Payments of these employers with money left for assessed months, and the payments ``givers``."""
    return [
        Payment(**{**row, "month": Month.parse(row["month"])})
        for row in await tx.fetch(_USABLE, list(employer_ids), list(givers))
    ]


async def confirmation_days(tx: Transaction, payment_ids: Sequence[UUID]) -> dict[UUID, date]:
    """The day on which each payment was confirmed."""
    return {row["payment_id"]: row["confirmed_on"] for row in await tx.fetch(_CONFIRMED, list(payment_ids))}


async def set_left(tx: Transaction, payments: Sequence[Payment]) -> None:
    """Write what is left of payments."""
    await tx.run(
        _SET_LEFT,
        [payment.payment_id for payment in payments],
        [payment.contribution_left_rupiah for payment in payments],
        [payment.fine_left_rupiah for payment in payments],
    )
