"""The counts that people look at, always within the areas that they work for."""

from __future__ import annotations

from dataclasses import dataclass

from asyncpg import Record

from services.enrolment.store.cases import WHOLE_PROVINCE
from shared.access.areas import AreaScope
from shared.database import Transaction

_WORKER_COUNTS = """
SELECT count(*) AS registered,
    count(*) FILTER (WHERE decision = 'verified') AS verified,
    count(*) FILTER (WHERE decision = 'rejected') AS rejected,
    count(*) FILTER (WHERE status = 'enrolled') AS enrolled,
    count(*) FILTER (WHERE status = 'lapsing') AS lapsing,
    count(*) FILTER (WHERE status = 'lapsed') AS lapsed,
    count(*) FILTER (WHERE status = 'exited') AS exited
FROM worker WHERE village_code ^@ ANY($1::text[])
"""
_REJECTED = """
SELECT reason, count(*) AS people
FROM worker AS w JOIN decision AS d ON d.decision_id = w.decision_id CROSS JOIN unnest(d.reasons) AS reason
WHERE w.decision = 'rejected' AND w.village_code ^@ ANY($1::text[]) GROUP BY reason ORDER BY reason
"""
_MEMBER_COUNTS = """
SELECT count(*) FILTER (WHERE m.state IN ('waiting', 'listed')) AS waiting,
    count(*) FILTER (WHERE m.state = 'refused') AS refused
FROM group_member AS m JOIN worker AS w ON w.worker_id = m.worker_id WHERE w.village_code ^@ ANY($1::text[])
"""
_COVER_COUNTS = """
SELECT count(*) FILTER (WHERE c.due_rupiah IS NOT NULL) AS due,
    count(*) FILTER (WHERE c.paid_rupiah >= c.due_rupiah) AS paid
FROM cover_line AS c JOIN worker AS w ON w.worker_id = c.worker_id WHERE w.village_code ^@ ANY($1::text[])
"""
_UNFUNDED_COUNT = """
SELECT count(*) FROM cover_unfunded AS u JOIN worker AS w ON w.worker_id = u.worker_id
WHERE w.village_code ^@ ANY($1::text[]) AND NOT EXISTS (
    SELECT FROM cover_line AS c
    WHERE c.worker_id = u.worker_id AND c.month = u.month AND c.due_rupiah IS NOT NULL
)
"""
_ROSTER_COUNTS = """
SELECT coalesce(sum(rows), 0) AS rows, coalesce(sum(accepted_rows), 0) AS accepted,
    coalesce(sum(refused_rows), 0) AS refused, count(*) FILTER (WHERE state = 'read') AS waiting
FROM roster WHERE NOT EXISTS (SELECT FROM unnest(area_codes) AS area WHERE NOT area ^@ ANY($1::text[]))
"""
_REFUSED_ROWS = """
SELECT r.reason, count(*) AS rows FROM roster_row AS r JOIN roster AS f ON f.roster_id = r.roster_id
WHERE r.status = 'refused'
AND NOT EXISTS (SELECT FROM unnest(f.area_codes) AS area WHERE NOT area ^@ ANY($1::text[]))
GROUP BY r.reason ORDER BY r.reason
"""
_CASE_COUNT = """
SELECT count(*) FROM review_case AS c LEFT JOIN worker AS w ON w.worker_id = c.worker_id
WHERE w.village_code ^@ ANY($1::text[]) OR (w.worker_id IS NULL AND $2)
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts within an area."""

    workers: Record
    rejected_by_reason: dict[str, int]
    members: Record
    cover: Record
    unfunded: int
    rosters: Record
    refused_by_reason: dict[str, int]
    cases: int


async def count(tx: Transaction, scope: AreaScope) -> Summary:
    """The counts of ``scope``."""
    prefixes = scope.sql_prefixes()
    return Summary(
        workers=(await tx.fetch(_WORKER_COUNTS, prefixes))[0],
        rejected_by_reason={row["reason"]: row["people"] for row in await tx.fetch(_REJECTED, prefixes)},
        members=(await tx.fetch(_MEMBER_COUNTS, prefixes))[0],
        cover=(await tx.fetch(_COVER_COUNTS, prefixes))[0],
        unfunded=int(await tx.fetch_value(_UNFUNDED_COUNT, prefixes)),
        rosters=(await tx.fetch(_ROSTER_COUNTS, prefixes))[0],
        refused_by_reason={row["reason"]: row["rows"] for row in await tx.fetch(_REFUSED_ROWS, prefixes)},
        cases=int(await tx.fetch_value(_CASE_COUNT, prefixes, scope.allows(WHOLE_PROVINCE))),
    )
