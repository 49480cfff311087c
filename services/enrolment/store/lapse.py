"""The lapse clock: whose months are open past their due date, and who was warned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from asyncpg import Record

from shared.database import Transaction
from shared.periods import Month

_BOUND = """
SELECT worker_id FROM worker WHERE status IN ('enrolled', 'lapsing') AND worker_id > $1
ORDER BY worker_id OFFSET $2 LIMIT 1
"""
# A month is covered when what is due of it is paid; a payment may be known before what was due. Whoever was enrolled
# after a month's due date has until the end of the month of enrolment to see it paid.
_STANDINGS = """
SELECT w.worker_id, w.status, w.version, w.region_code, w.occupation_code, w.enrolment_number, o.is_open
FROM worker AS w
JOIN enrolment AS e ON e.worker_id = w.worker_id AND e.enrolment_number = w.enrolment_number
CROSS JOIN LATERAL (
    SELECT ARRAY(
        SELECT m.month >= w.cover_from
            AND (e.enrolled_on <= m.due_on
                OR e.enrolled_on < $3)
            AND NOT EXISTS (
                SELECT FROM cover_line AS c WHERE c.worker_id = w.worker_id AND c.month = m.month
                AND (c.paid_rupiah >= c.due_rupiah OR (c.due_rupiah IS NULL AND c.is_settled))
            )
        FROM unnest($4::text[], $5::date[]) WITH ORDINALITY AS m(month, due_on, place) ORDER BY m.place
    ) AS is_open OFFSET 0
) AS o
WHERE w.status IN ('enrolled', 'lapsing') AND w.worker_id > $1 AND ($2::uuid IS NULL OR w.worker_id <= $2)
AND (w.status = 'lapsing' OR true = ANY(o.is_open))
ORDER BY w.worker_id FOR UPDATE OF w
"""
_HOLD = "LOCK TABLE cover_line IN SHARE MODE"
_LAST_PAID = """
SELECT worker_id, max(month) AS month FROM cover_line
WHERE worker_id = ANY($1::uuid[]) AND (paid_rupiah >= due_rupiah OR (due_rupiah IS NULL AND is_settled))
GROUP BY worker_id
"""
_NOTICE = """
INSERT INTO lapse_notice (worker_id, month, noticed_on)
SELECT t.worker_id, t.month, $3 FROM unnest($1::uuid[], $2::text[]) AS t(worker_id, month)
ON CONFLICT (worker_id, month) DO NOTHING RETURNING worker_id
"""


async def hold_payments(tx: Transaction) -> None:
    """Let payments wait until this transaction ends: nobody may be warned of a month whose payment was kept before."""
    await tx.run(_HOLD)


async def find_covered_after(tx: Transaction, after: UUID, count: int) -> UUID | None:
    """The covered worker ``count`` places after ``after``, by id; None if there are fewer."""
    found: UUID | None = await tx.fetch_value(_BOUND, after, count - 1)
    return found


async def lock_standings(
    tx: Transaction, after: UUID, last: UUID | None, this_month: Month, due_dates: Mapping[Month, date]
) -> list[Record]:
    """The covered workers of a range of ids who have an open month or were lapsing, locked.

    ``this_month`` is that of the clock's day; ``due_dates`` are of the months that it looks at, and ``is_open`` answers
    for each of them, in the same order.
    """
    months = [str(month) for month in due_dates]
    return await tx.fetch(_STANDINGS, after, last, this_month.first_day, months, list(due_dates.values()))


async def find_last_paid(tx: Transaction, worker_ids: Sequence[UUID]) -> dict[UUID, Month]:
    """The latest paid month of each worker who has one."""
    return {row["worker_id"]: Month.parse(row["month"]) for row in await tx.fetch(_LAST_PAID, list(worker_ids))}


async def note_notices(tx: Transaction, notices: Sequence[tuple[UUID, Month]], day: date) -> set[UUID]:
    """Note warnings (worker, last unpaid month); gives the workers who were not warned of it before."""
    rows = await tx.fetch(_NOTICE, [notice[0] for notice in notices], [str(notice[1]) for notice in notices], day)
    return {row["worker_id"] for row in rows}
