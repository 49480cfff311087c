"""The cover ledger: what a payer owes and has paid of a worker's months, and months without a payer.

Amounts of payments and credits add up, so their order does not matter; of the rest the highest version holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.enrolment.tables import Employment
from shared.database import Transaction
from shared.database.records import columns
from shared.messaging.outbox import UnitOfWork

_DUE_COLUMNS = {
    "worker_id": "uuid",
    "month": "text",
    "contribution_id": "uuid",
    "due_version": "bigint",
    "due_rupiah": "bigint",
    "due_on": "date",
    "due_at": "timestamptz",
    "group_id": "uuid",
}
_NEWEST_DUE = """
(worker_id, month, contribution_id) DO UPDATE
SET due_version = excluded.due_version, due_rupiah = excluded.due_rupiah, due_on = excluded.due_on,
    due_at = least(cover_line.due_at, excluded.due_at), group_id = excluded.group_id
WHERE cover_line.due_version IS NULL OR cover_line.due_version < excluded.due_version
"""
# Few months and amounts come with thousands of payments: each payment names its own by number.
_PAID = """
INSERT INTO cover_line (worker_id, month, contribution_id, paid_rupiah, payments, is_settled)
SELECT t.worker_id, ($4::text[])[t.n], t.contribution_id, ($5::bigint[])[t.n], ($6::int[])[t.n], ($7::boolean[])[t.n]
FROM unnest($1::uuid[], $2::uuid[], $3::text::int[]) AS t(worker_id, contribution_id, n)
ON CONFLICT (worker_id, month, contribution_id) DO UPDATE
SET paid_rupiah = cover_line.paid_rupiah + excluded.paid_rupiah,
    payments = cover_line.payments + excluded.payments,
    is_settled = cover_line.is_settled OR excluded.is_settled
"""
_CREDITED = """
INSERT INTO cover_line (worker_id, month, contribution_id, credited_rupiah)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[])
ON CONFLICT (worker_id, month, contribution_id) DO UPDATE
SET credited_rupiah = cover_line.credited_rupiah + excluded.credited_rupiah
"""
_UNFUNDED = """
INSERT INTO cover_unfunded (worker_id, month, version, reason)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[])
ON CONFLICT (worker_id, month) DO UPDATE SET version = excluded.version, reason = excluded.reason
WHERE cover_unfunded.version < excluded.version
"""
_EMPLOYED = f"""
INSERT INTO employment ({columns(Employment)})
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[])
ON CONFLICT (worker_id, employer_id) DO UPDATE
SET version = excluded.version, employed_from = excluded.employed_from, employed_until = excluded.employed_until
WHERE employment.version < excluded.version
"""  # noqa: S608 - columns of our own table


class DueLine(NamedTuple):
    """What is owed of a worker's month, in the order of the columns that are written.

    ``due_at`` is the moment of the first assessment: a correction months later is no month run.
    """

    worker_id: UUID
    month: str
    contribution_id: UUID
    due_version: int
    due_rupiah: int
    due_on: date
    due_at: datetime
    group_id: UUID | None


class LineKey(NamedTuple):
    """Which line of the ledger."""

    worker_id: UUID
    month: str
    contribution_id: UUID


class Payments(NamedTuple):
    """Payments of a line added up, and whether one of them left nothing to pay."""

    rupiah: int
    number: int
    is_settled: bool


class Unfunded(NamedTuple):
    """Why a worker's month has no payer, by the version of the event."""

    worker_id: UUID
    month: str
    version: int
    reason: str


async def note_due(uow: UnitOfWork, lines: Collection[DueLine]) -> None:
    """What is owed, each contribution once; of two assessments the newer one holds."""
    await uow.insert("cover_line", _DUE_COLUMNS, sorted(lines), on_conflict=_NEWEST_DUE)


async def note_paid(tx: Transaction, payments_by_line: Mapping[LineKey, Payments]) -> None:
    """Add payments to their lines."""
    rows = sorted(payments_by_line.items())
    numbers: dict[tuple[str, Payments], str] = {}
    named = [numbers.setdefault((key.month, payments), str(len(numbers) + 1)) for key, payments in rows]
    await tx.run(
        _PAID,
        [key.worker_id for key, _ in rows],
        [key.contribution_id for key, _ in rows],
        "{" + ",".join(named) + "}",
        [month for month, _ in numbers],
        [payments.rupiah for _, payments in numbers],
        [payments.number for _, payments in numbers],
        [payments.is_settled for _, payments in numbers],
    )


async def note_credited(tx: Transaction, rupiah_by_line: Mapping[LineKey, int]) -> None:
    """Add credits to their lines."""
    await tx.run(_CREDITED, *_columns([(*key, rupiah) for key, rupiah in rupiah_by_line.items()]))


async def note_unfunded(tx: Transaction, months: Sequence[Unfunded]) -> None:
    """Why months have no payer, each worker and month once."""
    await tx.run(_UNFUNDED, *_columns(months))


async def note_employed(tx: Transaction, employments: Sequence[Employment]) -> None:
    """Who is a wage worker of whom, each pair once."""
    await tx.run(_EMPLOYED, *_columns([tuple(vars(employment).values()) for employment in employments]))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """The columns of rows, sorted by their keys (which differ), so that two batches cannot lock each other out."""
    return [list(column) for column in zip(*sorted(rows), strict=True)]
