"""Files that came from BPJS: each name and content is taken once, and confirmed rows wait here to be paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from services.subsidy.rules import Amounts, Confirmed, hold
from shared.database import Transaction
from shared.messaging.outbox import UnitOfWork

_STATE = "SELECT state FROM exchange_file WHERE name = $1 AND sha256 = $2"
_NAME_USED = "SELECT count(*) > 0 FROM exchange_file WHERE name = $1"
_ADD = """
INSERT INTO exchange_file (name, sha256, file_id, kind, reference_id, state, reason, rows, total_rupiah, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_ROW_COLUMNS = ("file_id", "worker_id", "kode_iuran", "month", "jkk_rupiah", "jkm_rupiah", "paid_on", "confirmed_on")
_COMPARE = """
SELECT count(*) AS rows,
    count(*) FILTER (WHERE agrees AND NOT known) AS fresh,
    count(*) FILTER (WHERE agrees AND known) AS known,
    count(*) FILTER (WHERE unknown) AS unknown_worker,
    count(*) FILTER (WHERE other_amount) AS other_amount,
    count(*) FILTER (WHERE other_month) AS other_month,
    count(*) FILTER (WHERE other_kode) AS other_kode_iuran,
    coalesce(sum(jkk_rupiah) FILTER (WHERE agrees AND NOT known), 0)::bigint AS jkk,
    coalesce(sum(jkm_rupiah) FILTER (WHERE agrees AND NOT known), 0)::bigint AS jkm,
    coalesce(sum(jkk_rupiah + jkm_rupiah), 0)::bigint AS total
FROM (
    SELECT r.jkk_rupiah, r.jkm_rupiah, c.contribution_id IS NULL AS unknown,
        coalesce((r.jkk_rupiah, r.jkm_rupiah) <> (c.jkk_rupiah, c.jkm_rupiah), false) AS other_amount,
        coalesce(r.month <> c.month, false) AS other_month,
        r.kode_iuran <> $3 AS other_kode,
        c.contribution_id IS NOT NULL AND (r.jkk_rupiah, r.jkm_rupiah, r.month, r.kode_iuran)
            = (c.jkk_rupiah, c.jkm_rupiah, c.month, $3) AS agrees,
        p.contribution_id IS NOT NULL AS known
    FROM confirmation_row r
    LEFT JOIN bill_line b ON b.bill_id = $2 AND b.worker_id = r.worker_id
    LEFT JOIN contribution c ON c.contribution_id = b.contribution_id
    LEFT JOIN payment_line p ON p.contribution_id = c.contribution_id
    WHERE r.file_id = $1
) compared
"""
_DROP_ROWS = "DELETE FROM confirmation_row WHERE file_id = $1"
_NEXT_PAYING = """
SELECT file_id, reference_id FROM exchange_file WHERE state = 'paying' ORDER BY received_at, file_id LIMIT 1
"""
_TO_PAY = """
SELECT r.worker_id, c.contribution_id, c.region_code, c.occupation_code, c.month, c.jkk_rupiah, c.jkm_rupiah, r.paid_on,
    r.confirmed_on, p.contribution_id IS NOT NULL AS known
FROM confirmation_row r
JOIN bill_line b ON b.bill_id = $2 AND b.worker_id = r.worker_id
JOIN contribution c ON c.contribution_id = b.contribution_id
LEFT JOIN payment_line p ON p.contribution_id = c.contribution_id
WHERE r.file_id = $1 ORDER BY r.worker_id LIMIT $3
"""
_TAKEN = "DELETE FROM confirmation_row WHERE file_id = $1 AND worker_id <= $2"
_LEFT = "SELECT count(*) FROM confirmation_row WHERE file_id = $1"
_APPLIED = "UPDATE exchange_file SET state = 'applied' WHERE file_id = $1"
_PAYMENT_COLUMNS = (
    "contribution_id",
    "disbursement_id",
    "worker_id",
    "month",
    "file_id",
    "journal_id",
    "jkk_rupiah",
    "jkm_rupiah",
    "paid_on",
    "confirmed_on",
)


class FileRecord(NamedTuple):
    """What is remembered of a file that came: ``state`` is paying, applied, repeated or refused."""

    name: str
    sha256: str
    file_id: UUID
    kind: str
    reference_id: UUID | None
    state: str
    reason: str | None = None
    rows: int = 0
    total_rupiah: int = 0


class ConfirmedRow(NamedTuple):
    """One row of a confirmation."""

    worker_id: UUID
    kode_iuran: str
    month: str
    jkk_rupiah: int
    jkm_rupiah: int
    paid_on: date
    confirmed_on: date


class Payment(NamedTuple):
    """One worker's month that BPJS has confirmed."""

    contribution_id: UUID
    worker_id: UUID
    month: str
    amounts: Amounts
    paid_on: date
    confirmed_on: date


async def state_of(tx: Transaction, name: str, sha256: str) -> str | None:
    """What became of exactly this file; None if it is new."""
    found: str | None = await tx.fetch_value(_STATE, name, sha256)
    return found


async def name_used(tx: Transaction, name: str) -> bool:
    """Whether a file of this name came before, with whatever content."""
    return bool(await tx.fetch_value(_NAME_USED, name))


async def add(uow: UnitOfWork, record: FileRecord) -> None:
    """Remember a file, in the transaction of its effect."""
    await uow.run(_ADD, *record, uow.moment)


async def stage(tx: Transaction, file_id: UUID, rows: Sequence[ConfirmedRow]) -> None:
    """Put a confirmation's rows, one a worker, where they can be compared."""
    await tx.copy_rows("confirmation_row", _ROW_COLUMNS, [(file_id, *row) for row in rows])


async def compare(tx: Transaction, file_id: UUID, bill_id: UUID, kode_iuran: str, trailer_rupiah: int) -> Confirmed:
    """Compare the staged rows with the bill's roster."""
    row: Any = (await tx.fetch(_COMPARE, file_id, bill_id, kode_iuran))[0]
    return Confirmed(
        rows=row["rows"],
        fresh=row["fresh"],
        known=row["known"],
        unknown_worker=row["unknown_worker"],
        other_amount=row["other_amount"],
        other_month=row["other_month"],
        other_kode_iuran=row["other_kode_iuran"],
        fresh_amounts=Amounts(row["jkk"], row["jkm"]),
        sum_rupiah=row["total"],
        trailer_rupiah=trailer_rupiah,
    )


async def drop_rows(tx: Transaction, file_id: UUID) -> None:
    """Take a refused file's rows away."""
    await tx.run(_DROP_ROWS, file_id)


async def next_paying(tx: Transaction) -> tuple[UUID, UUID] | None:
    """(file, disbursement) of the oldest confirmation that is being paid; None if there is none."""
    rows = await tx.fetch(_NEXT_PAYING)
    return (rows[0]["file_id"], rows[0]["reference_id"]) if rows else None


async def rows_to_pay(tx: Transaction, file_id: UUID, bill_id: UUID, limit: int) -> list[Any]:
    """The next confirmed rows with what events tell of them; ``known`` ones were paid by another file meanwhile."""
    return await tx.fetch(_TO_PAY, file_id, bill_id, limit)


async def add_payments(
    tx: Transaction, file_id: UUID, disbursement_id: UUID, journal_id: UUID, payments: Sequence[Payment]
) -> None:
    """Write confirmed months. A month that is paid already cannot be written again (primary key)."""
    hold(len({one.contribution_id for one in payments}) == len(payments), "A month is paid once.")
    hold(all(one.amounts.total_rupiah > 0 for one in payments), "A payment is about money.")
    rows = [
        (
            one.contribution_id,
            disbursement_id,
            one.worker_id,
            one.month,
            file_id,
            journal_id,
            *one.amounts,
            one.paid_on,
            one.confirmed_on,
        )
        for one in payments
    ]
    await tx.copy_rows("payment_line", _PAYMENT_COLUMNS, rows)


async def take_rows(tx: Transaction, file_id: UUID, up_to: UUID) -> int:
    """Take away the rows up to a worker; gives how many are left."""
    await tx.run(_TAKEN, file_id, up_to)
    return int(await tx.fetch_value(_LEFT, file_id))


async def mark_applied(tx: Transaction, file_id: UUID) -> None:
    """All of the file is paid."""
    await tx.run(_APPLIED, file_id)
