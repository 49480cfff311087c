"""Who is late on a day, and what was said about it: each delay is announced once per contribution and begun month."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.database import Transaction

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
_NOTICE = """
INSERT INTO late_notice
    (contribution_id, months_late, as_of, outstanding_rupiah, fine_rupiah, ageing_class, noticed_at)
SELECT n.*, $7 FROM unnest($1::uuid[], $2::integer[], $3::date[], $4::bigint[], $5::bigint[], $6::text[]) n
ON CONFLICT (contribution_id, months_late) DO NOTHING
RETURNING contribution_id
"""
_SAID = """
SELECT key FROM (
    SELECT DISTINCT (c.employer_id || '|' || c.month) COLLATE "C" AS key
    FROM late_notice n JOIN contribution c USING (contribution_id)
) keys ORDER BY key
"""


@dataclass(frozen=True, slots=True)
class Notice:
    """A delay to be announced."""

    contribution_id: UUID
    months_late: int
    as_of: date
    outstanding_rupiah: int
    fine_rupiah: int
    ageing_class: str


async def late_employers(tx: Transaction, as_of: date, prefixes: Sequence[str] | None) -> list[UUID]:
    """Employers with a contribution unpaid after its due date; ``prefixes`` None: all, for the daily job."""
    rows = await tx.fetch(_LATE, as_of, None if prefixes is None else list(prefixes))
    return [row["employer_id"] for row in rows]


async def add_notices(tx: Transaction, notices: Sequence[Notice], moment: datetime) -> set[UUID]:
    """Put delays on record; gives the contributions whose delay was not on record yet."""
    rows = await tx.fetch(
        _NOTICE,
        [notice.contribution_id for notice in notices],
        [notice.months_late for notice in notices],
        [notice.as_of for notice in notices],
        [notice.outstanding_rupiah for notice in notices],
        [notice.fine_rupiah for notice in notices],
        [notice.ageing_class for notice in notices],
        moment,
    )
    return {row["contribution_id"] for row in rows}


async def announced(tx: Transaction) -> AsyncIterator[tuple[str, str]]:
    """The fact ``notice.employer-late``: each employer and month that was said to be late."""
    async for row in tx.raw.cursor(_SAID, prefetch=2_000):
        yield row["key"], ""
