"""Whom a run has to look at: granted workers with all that decides on their month, those who do not differ together.

Most of a million workers stand alike: same region, occupation, decree and history. The database puts them together, so
that the rules decide once for each such group and no row of a worker is handled by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from services.subsidy.rules.assessment import Standing
from services.subsidy.tables import MonthRun
from shared.database import Transaction

_BEFORE_ALL = UUID(int=0)
_DECIDES = """
d.group_id, d.income_band, w.region_code, w.occupation_code, w.decision, w.cover_from, w.enrolled_version,
w.lapsed_version, w.exited_version, w.last_covered_month, w.employed_from, w.employed_until, w.participant_kind
"""
# Looked up worker by worker (LATERAL), whatever the planner believes: while a run grows, what is known of the tables'
# sizes is old, and reading all lines of a run for each chunk takes minutes.
_TOGETHER = f"""
SELECT {_DECIDES}, c.month_run_id IS NOT DISTINCT FROM $1 AS has_line, c.month_run_id IS NOT NULL AS claimed,
    array_agg(page.worker_id) AS workers, array_agg(page.grant_id) AS grants
FROM page JOIN decree d USING (decree_id)
LEFT JOIN LATERAL (SELECT * FROM worker_view WHERE worker_id = page.worker_id LIMIT 1) w ON true
LEFT JOIN LATERAL (
    SELECT month_run_id FROM contribution WHERE worker_id = page.worker_id AND month = $3 LIMIT 1
) c ON true
GROUP BY {_DECIDES}, has_line, claimed
"""  # noqa: S608 - text of this file
_GRANTS = """
SELECT DISTINCT ON (worker_id) worker_id, grant_id, decree_id FROM subsidy_grant
WHERE funding_line_id = $2 AND first_month <= $3 AND last_month >= $3
"""
_PASS = f"""
WITH page AS MATERIALIZED ({_GRANTS} AND worker_id > $4 ORDER BY worker_id, grant_id LIMIT $5) {_TOGETHER}
"""
_QUEUED = f"""
WITH page AS MATERIALIZED ({_GRANTS} AND worker_id = ANY ($4::uuid[]) ORDER BY worker_id, grant_id) {_TOGETHER}
"""
# In order, so that the index gives the next one; whether any exists would be asked of the table from its beginning.
_NEXT_AFTER = """
SELECT worker_id FROM subsidy_grant
WHERE funding_line_id = $1 AND first_month <= $2 AND last_month >= $2 AND worker_id > $3 ORDER BY worker_id LIMIT 1
"""


class Granted(NamedTuple):
    """A worker, and the grant by which a run may pay."""

    worker_id: UUID
    grant_id: UUID


@dataclass(frozen=True, slots=True)
class Candidates:
    """Granted workers who differ in nothing that decides; ``claimed`` by any payer.

    ``standing`` is None for workers of whom no event has told a place yet.
    """

    group_id: UUID
    income_band: int
    region_code: str
    occupation_code: str
    standing: Standing | None
    has_line: bool
    claimed: bool
    workers: list[Granted]


async def after(tx: Transaction, run: MonthRun, limit: int) -> list[Candidates]:
    """The next ``limit`` granted workers of the pass, in order of worker, put together."""
    cursor = run.pass_cursor or _BEFORE_ALL
    rows = await tx.fetch(_PASS, run.month_run_id, run.funding_line_id, run.month, cursor, limit)
    return [_candidates(row) for row in rows]


async def among(tx: Transaction, run: MonthRun, worker_ids: Sequence[UUID]) -> list[Candidates]:
    """The same for those of ``worker_ids`` that the run has a grant of."""
    rows = await tx.fetch(_QUEUED, run.month_run_id, run.funding_line_id, run.month, worker_ids)
    return [_candidates(row) for row in rows]


async def any_after(tx: Transaction, run: MonthRun, cursor: UUID | None) -> bool:
    """Whether a pass that has come to ``cursor`` has more workers to look at."""
    after_it = (run.funding_line_id, run.month, cursor or _BEFORE_ALL)
    return await tx.fetch_value(_NEXT_AFTER, *after_it) is not None


def _candidates(row: Any) -> Candidates:
    standing = Standing(**{name: row[name] for name in Standing.__slots__})
    return Candidates(
        group_id=row["group_id"],
        income_band=row["income_band"],
        region_code=row["region_code"],
        occupation_code=row["occupation_code"],
        standing=None if row["region_code"] is None else standing,
        has_line=row["has_line"],
        claimed=row["claimed"],
        workers=list(map(Granted, row["workers"], row["grants"])),
    )
