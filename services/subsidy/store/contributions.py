"""Assessed months, which are claims on them, and months that nobody pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.subsidy.rules.assessment import UnfundedReason
from services.subsidy.rules.values import Amounts
from services.subsidy.tables import MonthRun
from shared.database import Transaction
from shared.invariants import require

_CLAIMED = "SELECT worker_id FROM contribution WHERE month = $2 AND worker_id = ANY ($1::uuid[])"
_COPIED = (
    *("worker_id", "grant_id", "contribution_id"),
    *("group_id", "region_code", "occupation_code", "income_band", "tariff", "jkk_rupiah", "jkm_rupiah"),
    *("month_run_id", "funding_line_id", "month", "due_on", "journal_id", "bill_id"),
)
_RUN_UNFUNDED = """
INSERT INTO run_unfunded AS old (month_run_id, worker_id, reason, jkk_rupiah, jkm_rupiah)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::bigint[])
ON CONFLICT (month_run_id, worker_id) DO UPDATE
SET reason = excluded.reason, jkk_rupiah = excluded.jkk_rupiah, jkm_rupiah = excluded.jkm_rupiah
WHERE old.reason <> excluded.reason
"""
# One row a worker and month, whoever could not pay; counted up only when somebody has to be told something new.
_UNFUNDED = """
INSERT INTO unfunded AS old (worker_id, month, region_code, funding_line_id, reason, jkk_rupiah, jkm_rupiah, version,
    noticed_on)
SELECT worker, $1, region, $2, reason, jkk, jkm, 1, $3
FROM unnest($4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::bigint[]) new (worker, region, reason, jkk, jkm)
ORDER BY worker
ON CONFLICT (worker_id, month) DO UPDATE SET region_code = excluded.region_code,
    funding_line_id = excluded.funding_line_id, reason = excluded.reason, jkk_rupiah = excluded.jkk_rupiah,
    jkm_rupiah = excluded.jkm_rupiah, version = old.version + 1, noticed_on = excluded.noticed_on
WHERE (old.reason, old.funding_line_id) IS DISTINCT FROM (excluded.reason, excluded.funding_line_id)
RETURNING worker_id, version
"""
_AFTER_EXIT = """
SELECT c.contribution_id, c.month, c.region_code, c.month_run_id, p.contribution_id IS NOT NULL AS paid
FROM worker_view w CROSS JOIN (SELECT DISTINCT month FROM month_run) run
CROSS JOIN LATERAL (SELECT * FROM contribution WHERE month = run.month AND worker_id = w.worker_id LIMIT 1) c
LEFT JOIN payment_line p ON p.contribution_id = c.contribution_id
WHERE w.worker_id = ANY ($1::uuid[]) AND w.exited_version > 0
AND (w.exited_version > w.enrolled_version OR w.cover_from > c.month)
AND (w.last_covered_month IS NULL OR w.last_covered_month < c.month) ORDER BY c.contribution_id
"""
_UNFUNDED_AMONG = "SELECT worker_id FROM run_unfunded WHERE month_run_id = $1 AND worker_id = ANY ($2::uuid[])"
_FUNDED_NOW = "DELETE FROM run_unfunded WHERE month_run_id = $1 AND worker_id = ANY ($2::uuid[])"
_UNFUNDED_COUNTS = """
SELECT reason, count(*) AS workers, sum(jkk_rupiah)::bigint AS jkk_rupiah, sum(jkm_rupiah)::bigint AS jkm_rupiah
FROM run_unfunded WHERE month_run_id = $1 GROUP BY reason ORDER BY reason
"""
_CANDIDATES = """
SELECT count(DISTINCT worker_id) FROM subsidy_grant
WHERE funding_line_id = $1 AND first_month <= $2 AND last_month >= $2
"""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """What assessed months of one group, place, band and price have in common."""

    group_id: UUID
    region_code: str
    occupation_code: str
    income_band: int
    tariff: str
    amounts: Amounts


class Line(NamedTuple):
    """A worker's assessed month before it is written."""

    worker_id: UUID
    grant_id: UUID
    contribution_id: UUID
    kind: Kind


class Unpaid(NamedTuple):
    """A worker's month that has no payer, and why."""

    worker_id: UUID
    reason: UnfundedReason
    kind: Kind


class Lacking(NamedTuple):
    """Workers without payer, and what their month would cost."""

    workers: int
    amounts: Amounts


class AfterExit(NamedTuple):
    """A month that is due although its worker had left before it."""

    contribution_id: UUID
    month: str
    region_code: str
    month_run_id: UUID
    paid: bool


async def add(
    tx: Transaction, run: MonthRun, journal_id: UUID, bills: Mapping[UUID, UUID], lines: Sequence[Line]
) -> set[UUID]:
    """Write assessed months, which claims them in every programme; gives the workers whose month somebody else has.

    ``journal_id`` reserves the money of the others; ``bills`` are those that take them, by group. Waits for payers that
    claim at the same time. In order of worker, so that two runs cannot deadlock.
    """
    workers = [line.worker_id for line in lines]
    require(all(worker < after for worker, after in pairwise(workers)), "A run claims each worker once, in order.")
    month = run.month
    common = (run.month_run_id, run.funding_line_id, month, run.due_on, journal_id)
    rest = {
        kind: (
            *(kind.group_id, kind.region_code, kind.occupation_code, kind.income_band, kind.tariff, *kind.amounts),
            *common,
            bills[kind.group_id],
        )
        for kind in {line.kind for line in lines}
    }
    require(all(min(kind.amounts) >= 0 for kind in rest), "A month does not cost less than nothing.")
    lost: set[UUID] = set()
    while True:
        try:
            async with tx.savepoint():
                await tx.copy_rows(
                    "contribution",
                    _COPIED,
                    [
                        (line.worker_id, line.grant_id, line.contribution_id, *rest[line.kind])
                        for line in lines
                        if line.worker_id not in lost
                    ],
                )
        except asyncpg.UniqueViolationError:
            # Somebody was quicker, which is rare: they have committed, or this would still wait. The others once more.
            claimed = {row["worker_id"] for row in await tx.fetch(_CLAIMED, workers, month)}
            if claimed <= lost:
                raise
            lost |= claimed
        else:
            return lost


async def mark_funded(tx: Transaction, run_id: UUID, worker_ids: Sequence[UUID]) -> None:
    """The run has assessed these workers: the reason why it could not pay them is none any more."""
    await tx.run(_FUNDED_NOW, run_id, worker_ids)


async def add_unfunded(tx: Transaction, run: MonthRun, noticed_on: date, unpaid: Sequence[Unpaid]) -> dict[UUID, int]:
    """Write months without payer. Gives the version of those of whom something new is to be told."""
    ordered = sorted(unpaid)
    workers = [lacking.worker_id for lacking in ordered]
    reasons = [lacking.reason for lacking in ordered]
    jkk = [lacking.kind.amounts.jkk_rupiah for lacking in ordered]
    jkm = [lacking.kind.amounts.jkm_rupiah for lacking in ordered]
    await tx.run(_RUN_UNFUNDED, run.month_run_id, workers, reasons, jkk, jkm)
    regions = [lacking.kind.region_code for lacking in ordered]
    month = run.month
    rows = await tx.fetch(_UNFUNDED, month, run.funding_line_id, noticed_on, workers, regions, reasons, jkk, jkm)
    return {row["worker_id"]: row["version"] for row in rows}


async def after_exit(tx: Transaction, worker_ids: Sequence[UUID]) -> list[AfterExit]:
    """Months of these workers that are due although they had left before."""
    return [AfterExit(**row) for row in await tx.fetch(_AFTER_EXIT, worker_ids)]


async def unfunded_among(tx: Transaction, run_id: UUID, worker_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these workers the run has given a reason already."""
    return {row["worker_id"] for row in await tx.fetch(_UNFUNDED_AMONG, run_id, worker_ids)}


async def unfunded_counts(tx: Transaction, run_id: UUID) -> Mapping[str, Lacking]:
    """By reason, how many workers of the run have no payer and what their month would cost."""
    rows = await tx.fetch(_UNFUNDED_COUNTS, run_id)
    return {row["reason"]: Lacking(row["workers"], Amounts(row["jkk_rupiah"], row["jkm_rupiah"])) for row in rows}


async def candidates(tx: Transaction, line_id: UUID, month: str) -> int:
    """How many workers have a grant of the line for the month."""
    return int(await tx.fetch_value(_CANDIDATES, line_id, month))
