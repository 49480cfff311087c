"""Confirmed workers: kept in parts as they are read, compared with the bill's roster, and paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from services.subsidy.rules.values import Amounts
from services.subsidy.store.rows import names
from services.subsidy.tables import Bill, ConfirmationMatch, ConfirmedPart
from shared.database import Transaction
from shared.database.records import columns, record

_EXPECT = f"""
INSERT INTO confirmation_match ({columns(ConfirmationMatch)}) VALUES ($1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
ON CONFLICT DO NOTHING
"""  # noqa: S608 - columns of our own
_MATCH = f"SELECT {columns(ConfirmationMatch)} FROM confirmation_match WHERE file_id = $1"  # noqa: S608
# Lines are looked up worker by worker (LATERAL), whatever the planner believes: of a bill that was just cut it knows
# nothing, and may read all of its lines for each part, or for each worker.
_LINE = """
(SELECT * FROM contribution WHERE bill_id = $2 AND worker_id = said.worker_id LIMIT 1) c
"""
# What it compares with never changes once the bill is cut, so that parts can be compared one by one without a lock.
_COMPARE = f"""
UPDATE confirmation_match m SET offset_bytes = $5, rows = m.rows + part.rows, agreeing = m.agreeing + part.agreeing,
    unknown_worker = m.unknown_worker + part.unknown_worker, other_amount = m.other_amount + part.other_amount,
    other_month = m.other_month + part.other_month, other_kode_iuran = m.other_kode_iuran + part.other_kode_iuran,
    jkk_rupiah = m.jkk_rupiah + part.jkk, jkm_rupiah = m.jkm_rupiah + part.jkm,
    sum_rupiah = m.sum_rupiah + part.total
FROM (
    SELECT count(*) AS rows, count(*) FILTER (WHERE agrees) AS agreeing,
        count(*) FILTER (WHERE unknown) AS unknown_worker, count(*) FILTER (WHERE other_amount) AS other_amount,
        count(*) FILTER (WHERE other_month) AS other_month, count(*) FILTER (WHERE other_kode) AS other_kode_iuran,
        coalesce(sum(jkk_rupiah) FILTER (WHERE agrees), 0)::bigint AS jkk,
        coalesce(sum(jkm_rupiah) FILTER (WHERE agrees), 0)::bigint AS jkm,
        coalesce(sum(jkk_rupiah + jkm_rupiah), 0)::bigint AS total
    FROM (
        SELECT p.jkk_rupiah, p.jkm_rupiah, c.contribution_id IS NULL AS unknown,
            coalesce((p.jkk_rupiah, p.jkm_rupiah) <> (c.jkk_rupiah, c.jkm_rupiah), false) AS other_amount,
            coalesce(p.month <> c.month, false) AS other_month,
            p.kode_iuran <> $3 AS other_kode,
            c.contribution_id IS NOT NULL AND (p.jkk_rupiah, p.jkm_rupiah, p.month, p.kode_iuran)
                = (c.jkk_rupiah, c.jkm_rupiah, c.month, $3) AS agrees
        FROM confirmed_part p CROSS JOIN LATERAL unnest(p.worker_ids) said (worker_id)
        LEFT JOIN LATERAL {_LINE} ON true
        WHERE p.file_id = $1 AND p.number >= $4
    ) compared
) part
WHERE m.file_id = $1
"""  # noqa: S608 - text of this file
_REPEATED = """
SELECT count(*) > count(DISTINCT worker_id) FROM confirmed_part, unnest(worker_ids) worker_id WHERE file_id = $1
"""
_DAYS = "SELECT DISTINCT paid_on, confirmed_on FROM confirmed_part WHERE file_id = $1"
_PAID_BEFORE = f"""
SELECT count(*) AS workers, coalesce(sum(l.jkk_rupiah), 0)::bigint AS jkk, coalesce(sum(l.jkm_rupiah), 0)::bigint AS jkm
FROM confirmed_part p CROSS JOIN LATERAL unnest(p.worker_ids) said (worker_id)
CROSS JOIN LATERAL {_LINE}
JOIN payment_line l ON l.contribution_id = c.contribution_id
WHERE p.file_id = $1
"""  # noqa: S608 - text of this file
_DROP_PARTS = "DELETE FROM confirmed_part WHERE file_id = $1"
_DROP_MATCH = "DELETE FROM confirmation_match WHERE file_id = $1"
_NEXT_PARTS = "SELECT number, worker_count FROM confirmed_part WHERE file_id = $1 ORDER BY number LIMIT 1000"
# Who was paid by another file meanwhile is passed over. The disbursement is locked; and whatever was not, a
# contribution has one payment (primary key).
_PAY = f"""
WITH page AS MATERIALIZED (
    SELECT c.contribution_id, c.worker_id, c.month, c.jkk_rupiah, c.jkm_rupiah, c.region_code, c.occupation_code,
        p.paid_on, p.confirmed_on
    FROM confirmed_part p CROSS JOIN LATERAL unnest(p.worker_ids) said (worker_id)
    CROSS JOIN LATERAL {_LINE}
    LEFT JOIN LATERAL (
        SELECT contribution_id FROM payment_line WHERE contribution_id = c.contribution_id LIMIT 1
    ) earlier ON true
    WHERE p.file_id = $1 AND p.number <= $3 AND earlier.contribution_id IS NULL
), paid AS (
    INSERT INTO payment_line (contribution_id, disbursement_id, worker_id, month, file_id, journal_id, jkk_rupiah,
        jkm_rupiah, paid_on, confirmed_on)
    SELECT contribution_id, $4, worker_id, month, $1, $5, jkk_rupiah, jkm_rupiah, paid_on, confirmed_on FROM page
)
SELECT region_code, occupation_code, jkk_rupiah, jkm_rupiah, paid_on, confirmed_on,
    array_agg(contribution_id) AS contributions, array_agg(worker_id) AS workers
FROM page GROUP BY region_code, occupation_code, jkk_rupiah, jkm_rupiah, paid_on, confirmed_on
"""  # noqa: S608 - text of this file
_TAKEN = "DELETE FROM confirmed_part WHERE file_id = $1 AND number <= $2"
_ANY_LEFT = "SELECT EXISTS (SELECT 1 FROM confirmed_part WHERE file_id = $1)"


class Said(NamedTuple):
    """What a row of a confirmation says of its worker."""

    kode_iuran: str
    month: str
    jkk_rupiah: int
    jkm_rupiah: int
    paid_on: date
    confirmed_on: date


class PaidBefore(NamedTuple):
    """Workers of a file who are paid already, and what was paid."""

    workers: int
    amounts: Amounts


class Parts(NamedTuple):
    """The next parts of a file: up to which number, and how many workers they have."""

    up_to: int
    workers: int


class PaidMonth(NamedTuple):
    """Whose month was paid."""

    contribution_id: UUID
    worker_id: UUID


class Paid(NamedTuple):
    """Months that were paid alike, in order of worker."""

    region_code: str
    occupation_code: str
    amounts: Amounts
    paid_on: date
    confirmed_on: date
    months: list[PaidMonth]


async def expect(tx: Transaction, file_id: UUID) -> None:
    """A file is going to be read; harmless if it is known."""
    await tx.run(_EXPECT, file_id)


async def match(tx: Transaction, file_id: UUID) -> ConfirmationMatch:
    """What is known of a file that is being read."""
    return record(ConfirmationMatch, (await tx.fetch(_MATCH, file_id))[0])


async def add(
    tx: Transaction, file_id: UUID, bill: Bill, said: Mapping[Said, list[UUID]], *, first: int, offset_bytes: int
) -> None:
    """Keep what a part of the file says, compare it with ``bill``, and go on behind it.

    ``first`` is how many rows were read before, and ``offset_bytes`` is how far the file is read now.
    """
    parts = [
        (file_id, number, *what, len(workers), workers) for number, (what, workers) in enumerate(said.items(), first)
    ]
    await tx.copy_rows("confirmed_part", names(ConfirmedPart), parts)
    await tx.run(_COMPARE, file_id, bill.bill_id, bill.kode_iuran, first, offset_bytes)


async def any_repeated(tx: Transaction, file_id: UUID) -> bool:
    """Whether a worker is in the file twice."""
    return bool(await tx.fetch_value(_REPEATED, file_id))


async def days(tx: Transaction, file_id: UUID) -> list[tuple[date, date]]:
    """The different days of payment and confirmation in the file."""
    return [(row["paid_on"], row["confirmed_on"]) for row in await tx.fetch(_DAYS, file_id)]


async def paid_before(tx: Transaction, file_id: UUID, bill_id: UUID) -> PaidBefore:
    """Which of the file's workers are paid already."""
    row = (await tx.fetch(_PAID_BEFORE, file_id, bill_id))[0]
    return PaidBefore(row["workers"], Amounts(row["jkk"], row["jkm"]))


async def end(tx: Transaction, file_id: UUID, *, pays: bool) -> None:
    """The file is read; keep its parts only if it ``pays``."""
    await tx.run(_DROP_MATCH, file_id)
    if not pays:
        await tx.run(_DROP_PARTS, file_id)


async def next_part(tx: Transaction, file_id: UUID, limit: int) -> Parts:
    """The next parts that hold about ``limit`` workers; up to -1 if all are paid."""
    up_to, workers = -1, 0
    for row in await tx.fetch(_NEXT_PARTS, file_id):
        if workers and workers + row["worker_count"] > limit:
            break
        up_to, workers = row["number"], workers + row["worker_count"]
    return Parts(up_to, workers)


async def pay(
    tx: Transaction, file_id: UUID, bill_id: UUID, up_to: int, disbursement_id: UUID, journal_id: UUID
) -> list[Paid]:
    """Pay the file's parts up to a number, each month once, and take them away. Gives whom it has paid."""
    rows = await tx.fetch(_PAY, file_id, bill_id, up_to, disbursement_id, journal_id)
    await tx.run(_TAKEN, file_id, up_to)
    return [
        Paid(
            row["region_code"],
            row["occupation_code"],
            Amounts(row["jkk_rupiah"], row["jkm_rupiah"]),
            row["paid_on"],
            row["confirmed_on"],
            sorted(map(PaidMonth, row["contributions"], row["workers"]), key=attrgetter("worker_id")),
        )
        for row in rows
    ]


async def any_left(tx: Transaction, file_id: UUID) -> bool:
    """Whether a file has more to pay."""
    return bool(await tx.fetch_value(_ANY_LEFT, file_id))
