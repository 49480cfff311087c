"""Payments, and the accounts they settle: what is owed, what is left, and the ledger of allocations between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.compliance.rules.book import Account, Given, Movement, Payment
from services.compliance.rules.lateness import fine_rate
from shared.database import Transaction
from shared.periods import Month

_ACCOUNTS = """
SELECT c.contribution_id, c.employer_id, c.month, c.version, c.due_on, c.due_rupiah, c.fine_due_rupiah, c.months_late,
    c.fine_as_of, c.settled_on
FROM contribution c
WHERE c.employer_id = ANY($1::uuid[])
    AND (c.outstanding_rupiah > 0 OR c.fine_outstanding_rupiah > 0 OR c.contribution_id = ANY($2::uuid[]))
"""
_GIVEN = """
SELECT a.contribution_id, a.payment_id, p.paid_on, sum(a.contribution_rupiah)::bigint AS contribution_rupiah,
    sum(a.fine_rupiah)::bigint AS fine_rupiah
FROM allocation a JOIN payment p USING (payment_id) WHERE a.contribution_id = ANY($1::uuid[])
GROUP BY a.contribution_id, a.payment_id, p.paid_on ORDER BY p.paid_on, a.payment_id
"""
# Money for a month that is not assessed waits. Payments that have given are loaded too: some may be taken back.
_PAYMENTS = """
SELECT p.payment_id, p.employer_id, p.month, p.paid_on, p.contribution_left_rupiah, p.fine_left_rupiah
FROM payment p
WHERE p.payment_id = ANY($2::uuid[]) OR (
    p.employer_id = ANY($1::uuid[]) AND (p.contribution_left_rupiah > 0 OR p.fine_left_rupiah > 0)
    AND EXISTS (SELECT 1 FROM contribution c WHERE c.employer_id = p.employer_id AND c.month = p.month)
)
"""
_FACTS = """
SELECT c.contribution_id, e.region_code, c.worker_count,
    jsonb_object_agg(g.programme, g.employer_rupiah + g.worker_rupiah)::text AS parts
FROM contribution c JOIN employer e USING (employer_id) JOIN contribution_programme g USING (contribution_id)
WHERE c.contribution_id = ANY($1::uuid[]) GROUP BY c.contribution_id, e.region_code, c.worker_count
"""
_CONFIRMED = "SELECT payment_id, confirmed_on FROM payment WHERE payment_id = ANY($1::uuid[])"
_SET_ACCOUNTS = """
UPDATE contribution c SET version = n.version, due_rupiah = n.due, paid_rupiah = n.paid,
    outstanding_rupiah = n.due - n.paid, fine_due_rupiah = n.fine_due, fine_paid_rupiah = n.fine_paid,
    fine_outstanding_rupiah = n.fine_due - n.fine_paid, months_late = n.months_late, fine_as_of = n.fine_as_of,
    settled_on = n.settled_on
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::integer[], $8::date[],
    $9::date[]) AS n(contribution_id, version, due, paid, fine_due, fine_paid, months_late, fine_as_of, settled_on)
WHERE c.contribution_id = n.contribution_id
"""
_SET_PAYMENTS = """
UPDATE payment p SET contribution_left_rupiah = n.contribution_left, fine_left_rupiah = n.fine_left
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS n(payment_id, contribution_left, fine_left)
WHERE p.payment_id = n.payment_id
"""
_BY_NUMBER = """
SELECT payment_id, employer_id, month, payment_number, contribution_rupiah, fine_rupiah, paid_on
FROM payment WHERE payment_number = ANY($1::text[])
"""
_PAYMENT: Final = (
    "payment_id", "employer_id", "month", "payment_number", "contribution_rupiah", "fine_rupiah",
    "contribution_left_rupiah", "fine_left_rupiah", "paid_on", "confirmed_on", "file_id",
)  # fmt: skip
_ALLOCATION: Final = (
    "allocation_id", "payment_id", "contribution_id", "contribution_rupiah", "fine_rupiah", "allocated_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment to be put on record."""

    payment_id: UUID
    employer_id: UUID
    month: str
    payment_number: str
    contribution_rupiah: int
    fine_rupiah: int
    paid_on: date


async def payments_by_number(tx: Transaction, numbers: Sequence[str]) -> list[Any]:
    """Known payments with one of these numbers."""
    return list(await tx.fetch(_BY_NUMBER, sorted(set(numbers))))


async def add_payments(tx: Transaction, payments: Sequence[NewPayment], file_id: UUID, confirmed_on: date) -> None:
    """Put payments on record; all of their money is still left."""
    rows = [
        (
            p.payment_id, p.employer_id, p.month, p.payment_number, p.contribution_rupiah, p.fine_rupiah,
            p.contribution_rupiah, p.fine_rupiah, p.paid_on, confirmed_on, file_id,
        )
        for p in payments
    ]  # fmt: skip
    await tx.copy_rows("payment", _PAYMENT, rows)


async def load_accounts(
    tx: Transaction, employer_ids: Sequence[UUID], revised: Mapping[UUID, int]
) -> tuple[list[Account], list[Payment]]:
    """The accounts of employers that owe something, with ``revised`` (new amounts due), and the money for them."""
    rows = await tx.fetch(_ACCOUNTS, list(employer_ids), list(revised))
    given: dict[UUID, list[Given]] = {row["contribution_id"]: [] for row in rows}
    for part in await tx.fetch(_GIVEN, list(given)):
        values = (part["payment_id"], part["paid_on"], part["contribution_rupiah"], part["fine_rupiah"])
        given[part["contribution_id"]].append(Given(*values))
    accounts = [
        Account(
            row["contribution_id"], row["employer_id"], row["month"], row["version"], row["due_on"],
            fine_rate(Month.parse(row["month"])), revised.get(row["contribution_id"], row["due_rupiah"]),
            row["fine_due_rupiah"], row["months_late"], row["fine_as_of"], row["settled_on"],
            tuple(given[row["contribution_id"]]),
        )
        for row in rows
    ]  # fmt: skip
    givers = sorted({part.payment_id for parts in given.values() for part in parts})
    payments = [Payment(*row) for row in await tx.fetch(_PAYMENTS, list(employer_ids), givers)]
    return accounts, payments


async def account_facts(tx: Transaction, contribution_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Region, number of workers and amounts due per programme (JSON) of contributions."""
    return {row["contribution_id"]: row for row in await tx.fetch(_FACTS, list(contribution_ids))}


async def confirmation_days(tx: Transaction, payment_ids: Sequence[UUID]) -> dict[UUID, date]:
    """The day on which each payment was confirmed."""
    return {row["payment_id"]: row["confirmed_on"] for row in await tx.fetch(_CONFIRMED, list(payment_ids))}


async def set_accounts(tx: Transaction, accounts: Sequence[Account], versions: Mapping[UUID, int]) -> None:
    """Write the state of accounts whose employers are locked."""
    await tx.run(
        _SET_ACCOUNTS,
        [account.contribution_id for account in accounts],
        [versions[account.contribution_id] for account in accounts],
        [account.due_rupiah for account in accounts],
        [account.paid_rupiah for account in accounts],
        [account.fine_due_rupiah for account in accounts],
        [account.fine_paid_rupiah for account in accounts],
        [account.months_late for account in accounts],
        [account.fine_as_of for account in accounts],
        [account.settled_on for account in accounts],
    )


async def set_payments(tx: Transaction, payments: Sequence[Payment]) -> None:
    """Write what is left of payments."""
    await tx.run(
        _SET_PAYMENTS,
        [payment.payment_id for payment in payments],
        [payment.contribution_left_rupiah for payment in payments],
        [payment.fine_left_rupiah for payment in payments],
    )


async def add_allocations(tx: Transaction, movements: Sequence[tuple[UUID, Movement]], moment: datetime) -> None:
    """Add movements, each with its id, to the ledger."""
    rows = [
        (key, move.payment_id, move.contribution_id, move.contribution_rupiah, move.fine_rupiah, moment)
        for key, move in movements
    ]
    await tx.copy_rows("allocation", _ALLOCATION, rows)
