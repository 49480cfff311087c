"""Assesses a month: one pass over all wages, in whole rupiah, with the same rounding as `rules.tariff.portion`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.compliance.rules.tariff import RATE_UNIT, Tariff
from services.compliance.tables import AssessmentLine
from shared.database import Transaction
from shared.database.records import columns
from shared.periods import Month

_LOCK = """
SELECT e.employer_id FROM employer e
WHERE e.region_code ^@ ANY($2::text[])
    AND EXISTS (SELECT 1 FROM wage_report r WHERE r.month = $1 AND r.is_current AND r.employer_id = e.employer_id)
ORDER BY e.employer_id FOR UPDATE OF e
"""
# A revised month keeps the class, the programmes and the due date of its first assessment, not those of today.
_PENDING = """
SELECT r.report_id, r.employer_id, e.region_code, coalesce(c.risk_class, e.risk_class) AS risk_class,
    coalesce(c.programmes, e.programmes) AS programmes, c.contribution_id, c.version, c.due_on
FROM wage_report r JOIN employer e USING (employer_id)
    LEFT JOIN contribution c ON c.employer_id = r.employer_id AND c.month = r.month
WHERE r.month = $1 AND r.is_current AND e.employer_id = ANY($2::uuid[])
    AND (c.contribution_id IS NULL OR c.report_id <> r.report_id)
ORDER BY r.employer_id
"""
PARTS: Final = tuple(columns(AssessmentLine, without=("report_id", "worker_token")).split(", "))
"""The six parts of a wage share: the columns of an assessment line that are amounts."""


@dataclass(frozen=True, slots=True)
class PendingReport:
    """A current report to be assessed. ``contribution_id``, ``version`` and ``due_on`` are None the first time."""

    report_id: UUID
    employer_id: UUID
    region_code: str
    risk_class: int
    programmes: list[str]
    contribution_id: UUID | None
    version: int | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a report's new lines, and what the report itself says of its workers and wages."""

    report_id: UUID
    lines: int
    jkk_rupiah: int
    jkm_rupiah: int
    jht_employer_rupiah: int
    jht_worker_rupiah: int
    jp_employer_rupiah: int
    jp_worker_rupiah: int
    worker_count: int
    wages_rupiah: int

    @property
    def all_rupiah(self) -> int:
        """All parts together."""
        return sum(getattr(self, part) for part in PARTS)


def rates_sql(employer: str) -> str:
    """The rates that hold for an employer: 0 where it is not in the programme. ``t`` is the tariff."""

    def rate(programme: str, column: str) -> str:
        return f"CASE WHEN '{programme}' = ANY({employer}.programmes) THEN {column} ELSE 0 END"

    return ",\n    ".join(
        (
            f"{rate('JKK', f't.jkk_rates[{employer}.risk_class]')} AS jkk_rate",
            f"{rate('JKM', 't.jkm_rate')} AS jkm_rate",
            f"{rate('JHT', 't.jht_employer_rate')} AS jht_employer_rate",
            f"{rate('JHT', 't.jht_worker_rate')} AS jht_worker_rate",
            f"{rate('JP', 't.jp_employer_rate')} AS jp_employer_rate",
            f"{rate('JP', 't.jp_worker_rate')} AS jp_worker_rate",
            "t.jp_ceiling_rupiah",
        )
    )


def parts_sql(rates: str) -> str:
    """The six parts of a wage share: the wage is in ``w``, the rates of `rates_sql` in ``rates``."""

    def portion(part: str) -> str:
        wage = f"least(w.wage_rupiah, {rates}.jp_ceiling_rupiah)" if part.startswith("jp_") else "w.wage_rupiah"
        rate = f"{rates}.{part.removesuffix('rupiah')}rate"
        return f"({wage} * {rate} + {RATE_UNIT // 2}) / {RATE_UNIT} AS {part}"

    return ",\n    ".join(portion(part) for part in PARTS)


_SUMS = ", ".join(f"sum({part})::bigint AS {part}" for part in PARTS)
_ASSESS = f"""
WITH pending AS (
    SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::text[]) AS p(report_id, risk_class, joined)
), classed AS (
    SELECT report_id, risk_class, string_to_array(joined, '+') AS programmes FROM pending
), t AS (
    SELECT $4::bigint[] AS jkk_rates, $5::bigint AS jkm_rate, $6::bigint AS jht_employer_rate,
        $7::bigint AS jht_worker_rate, $8::bigint AS jp_employer_rate, $9::bigint AS jp_worker_rate,
        $10::bigint AS jp_ceiling_rupiah
), rated AS MATERIALIZED (
    SELECT e.report_id, {rates_sql("e")}
    FROM classed e CROSS JOIN t
), lines AS (
    INSERT INTO assessment_line (report_id, worker_token, {", ".join(PARTS)})
    SELECT w.report_id, w.worker_token, {parts_sql("rated")}
    FROM rated JOIN wage_line w USING (report_id)
    RETURNING report_id, {", ".join(PARTS)}
), totals AS (SELECT report_id, count(*) AS lines, {_SUMS} FROM lines GROUP BY report_id)
SELECT totals.*, r.worker_count, r.wages_rupiah FROM totals JOIN wage_report r USING (report_id)
"""  # noqa: S608 - made of constants


async def lock_employers(tx: Transaction, month: Month, prefixes: Sequence[str]) -> list[UUID]:
    """Lock the employers in the areas that have reported the month; gives them."""
    return [row["employer_id"] for row in await tx.fetch(_LOCK, str(month), list(prefixes))]


async def pending(tx: Transaction, month: Month, employer_ids: Sequence[UUID]) -> list[PendingReport]:
    """Current reports of locked employers whose contribution is not assessed, or from an earlier revision.

    A report that came in after the lock is left for the next assessment: nothing holds its employer's money still.
    """
    return [PendingReport(**row) for row in await tx.fetch(_PENDING, str(month), list(employer_ids))]


async def assess(tx: Transaction, reports: Sequence[PendingReport], tariff: Tariff) -> dict[UUID, Totals]:
    """Write a line per worker and give the totals by report: all reports in one statement."""
    rows = await tx.fetch(
        _ASSESS,
        [report.report_id for report in reports],
        [report.risk_class for report in reports],
        ["+".join(report.programmes) for report in reports],
        list(tariff.jkk_rates),
        tariff.jkm_rate,
        tariff.jht_employer_rate,
        tariff.jht_worker_rate,
        tariff.jp_employer_rate,
        tariff.jp_worker_rate,
        tariff.jp_ceiling_rupiah,
    )
    return {row["report_id"]: Totals(**row) for row in rows}
