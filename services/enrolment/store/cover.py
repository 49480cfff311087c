"""The cover ledger: what a payer owes and has paid of a worker's months, and months without a payer.

Amounts of payments and credits add up, so their order does not matter; of the rest the highest version holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.database import Transaction
from shared.messaging.outbox import UnitOfWork

_DUE_COLUMNS = {
    "worker_id": "uuid",
    "month": "date",
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
SELECT t.worker_id, ($4::date[])[t.n], t.contribution_id, ($5::bigint[])[t.n], ($6::int[])[t.n], ($7::boolean[])[t.n]
FROM unnest($1::uuid[], $2::uuid[], $3::text::int[]) AS t(worker_id, contribution_id, n)
ON CONFLICT (worker_id, month, contribution_id) DO UPDATE
SET paid_rupiah = cover_line.paid_rupiah + excluded.paid_rupiah,
    payments = cover_line.payments + excluded.payments,
    is_settled = cover_line.is_settled OR excluded.is_settled
"""
_CREDITED = """
INSERT INTO cover_line (worker_id, month, contribution_id, credited_rupiah)
SELECT * FROM unnest($1::uuid[], $2::date[], $3::uuid[], $4::bigint[])
ON CONFLICT (worker_id, month, contribution_id) DO UPDATE
SET credited_rupiah = cover_line.credited_rupiah + excluded.credited_rupiah
"""
_UNFUNDED = """
INSERT INTO cover_unfunded (worker_id, month, version, reason)
SELECT * FROM unnest($1::uuid[], $2::date[], $3::bigint[], $4::text[])
ON CONFLICT (worker_id, month) DO UPDATE SET version = excluded.version, reason = excluded.reason
WHERE cover_unfunded.version < excluded.version
"""
_EMPLOYED = """
INSERT INTO employment (worker_id, employer_id, version, employed_from, employed_until)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::date[], $5::date[])
ON CONFLICT (worker_id, employer_id) DO UPDATE
SET version = excluded.version, employed_from = excluded.employed_from, employed_until = excluded.employed_until
WHERE employment.version < excluded.version
"""

Rows = Sequence[tuple[Any, ...]]


async def note_due(uow: UnitOfWork, lines: Rows) -> None:
    """(worker, month, contribution, version, rupiah, due on, moment, group), each contribution once.

    The moment is that of the first assessment: a correction months later is no month run.
    """
    await uow.insert("cover_line", _DUE_COLUMNS, sorted(lines), on_conflict=_NEWEST_DUE)


async def note_paid(tx: Transaction, payments: Rows) -> None:
    """(worker, month, contribution, rupiah, number of payments, whether nothing is left), each contribution once."""
    rows = sorted(payments)
    numbers: dict[tuple[Any, ...], str] = {}
    named = [numbers.setdefault((row[1], *row[3:]), str(len(numbers) + 1)) for row in rows]
    await tx.run(
        _PAID,
        [row[0] for row in rows],
        [row[2] for row in rows],
        "{" + ",".join(named) + "}",
        *(list(column) for column in zip(*numbers, strict=True)),
    )


async def note_credited(tx: Transaction, given: Rows) -> None:
    """(worker, month, contribution, rupiah), each contribution once."""
    await tx.run(_CREDITED, *_columns(given))


async def note_unfunded(tx: Transaction, months: Rows) -> None:
    """(worker, month, version, reason), each worker and month once."""
    await tx.run(_UNFUNDED, *_columns(months))


async def note_employed(tx: Transaction, employments: Rows) -> None:
    """(worker, employer, version, from, until), each pair once."""
    await tx.run(_EMPLOYED, *_columns(employments))


def _columns(rows: Rows) -> list[list[Any]]:
    """The columns of rows, sorted by their keys (which differ), so that two batches cannot lock each other out."""
    return [list(column) for column in zip(*sorted(rows), strict=True)]
