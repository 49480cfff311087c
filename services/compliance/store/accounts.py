"""Accounts: what an employer owes for a month, as it is settled, and the ledger of what payments gave to each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.compliance.rules.accounts import Account, Given, Movement
from services.compliance.tables import Allocation
from shared.database import Transaction
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month

_OWED = """
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
_DETAILS = """
SELECT c.contribution_id, e.region_code, c.worker_count,
    jsonb_object_agg(g.programme, g.employer_rupiah + g.worker_rupiah)::text AS due_by_programme
FROM contribution c JOIN employer e USING (employer_id) JOIN contribution_programme g USING (contribution_id)
WHERE c.contribution_id = ANY($1::uuid[]) GROUP BY c.contribution_id, e.region_code, c.worker_count
"""
# Debts are read once, and each debtor is looked up by key. As a join the planner, who may know nothing of this month's
# debts yet, has read all of them anew for every employer.
_LATE = """
WITH late AS MATERIALIZED (
    SELECT DISTINCT employer_id FROM contribution WHERE outstanding_rupiah > 0 AND due_on < $1
)
SELECT employer_id FROM late
WHERE $2::text[] IS NULL
    OR (SELECT e.region_code ^@ ANY($2::text[]) FROM employer e WHERE e.employer_id = late.employer_id)
ORDER BY employer_id
"""
_SET = """
UPDATE contribution c SET version = n.version, due_rupiah = n.due, paid_rupiah = n.paid,
    outstanding_rupiah = n.due - n.paid, fine_due_rupiah = n.fine_due, fine_paid_rupiah = n.fine_paid,
    fine_outstanding_rupiah = n.fine_due - n.fine_paid, months_late = n.months_late, fine_as_of = n.fine_as_of,
    settled_on = n.settled_on
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::integer[], $8::date[],
    $9::date[]) AS n(contribution_id, version, due, paid, fine_due, fine_paid, months_late, fine_as_of, settled_on)
WHERE c.contribution_id = n.contribution_id
"""


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """What events tell of a contribution beside its account; ``due_by_programme`` in rupiah."""

    region_code: str
    worker_count: int
    due_by_programme: Mapping[str, int]


async def load(
    tx: Transaction, employer_ids: Sequence[UUID], revised: Mapping[UUID, int], fine_rate: Callable[[Month], int]
) -> list[Account]:
    """The accounts of employers that owe something, with ``revised`` (new amounts due by contribution).

    ``fine_rate``: the rate of the late fine by contribution month.
    """
    rows = await tx.fetch(_OWED, list(employer_ids), list(revised))
    months = {text: Month.parse(text) for text in {row["month"] for row in rows}}
    rates = {month: fine_rate(month) for month in months.values()}
    given: dict[UUID, list[Given]] = {row["contribution_id"]: [] for row in rows}
    for row in await tx.fetch(_GIVEN, list(given)):
        part = Given(row["payment_id"], row["paid_on"], row["contribution_rupiah"], row["fine_rupiah"])
        given[row["contribution_id"]].append(part)
    return [
        Account(
            row["contribution_id"], row["employer_id"], months[row["month"]], row["version"], row["due_on"],
            rates[months[row["month"]]], revised.get(row["contribution_id"], row["due_rupiah"]),
            row["fine_due_rupiah"], row["months_late"], row["fine_as_of"], row["settled_on"],
            tuple(given[row["contribution_id"]]),
        )
        for row in rows
    ]  # fmt: skip


async def details(tx: Transaction, contribution_ids: Sequence[UUID]) -> dict[UUID, AccountDetails]:
    """Region, number of workers and amounts due per programme, by contribution."""
    return {
        row["contribution_id"]: AccountDetails(
            row["region_code"], row["worker_count"], json.loads(row["due_by_programme"])
        )
        for row in await tx.fetch(_DETAILS, list(contribution_ids))
    }


async def late_employers(tx: Transaction, as_of: date, prefixes: Sequence[str] | None) -> list[UUID]:
    """Employers with a contribution unpaid after its due date; ``prefixes`` None: all, for the daily job."""
    rows = await tx.fetch(_LATE, as_of, None if prefixes is None else list(prefixes))
    return [row["employer_id"] for row in rows]


async def set_all(tx: Transaction, accounts: Sequence[Account], versions: Mapping[UUID, int]) -> None:
    """Write the state of accounts whose employers are locked."""
    await tx.run(
        _SET,
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


async def allocate(uow: UnitOfWork, movements: Sequence[Movement]) -> None:
    """Add movements of money to the ledger."""
    rows = [
        (uow.ids.next(), move.payment_id, move.contribution_id, move.contribution_rupiah, move.fine_rupiah, uow.moment)
        for move in movements
    ]
    await uow.copy_rows("allocation", list(Allocation.model_fields), rows)
