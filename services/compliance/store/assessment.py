"""Assesses a month: one pass over all wages, in whole rupiah, with the same rounding as `rules.tariff.portion`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.compliance.rules.tariff import RATE_UNIT, Tariff
from shared.database import Transaction

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


PARTS: Final = (
    "jkk_rupiah", "jkm_rupiah", "jht_employer_rupiah", "jht_worker_rupiah", "jp_employer_rupiah", "jp_worker_rupiah",
)  # fmt: skip


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
), totals AS (SELECT report_id, count(*) AS workers, {_SUMS} FROM lines GROUP BY report_id)
SELECT totals.*, r.worker_count, r.wages_rupiah FROM totals JOIN wage_report r USING (report_id)
"""  # noqa: S608 - made of constants
_CONTRIBUTION: Final = (
    "contribution_id", "version", "employer_id", "month", "report_id", "risk_class", "programmes", "tariff",
    "worker_count", "wages_rupiah", "due_on", "due_rupiah", "paid_rupiah", "outstanding_rupiah", "fine_due_rupiah",
    "fine_paid_rupiah", "fine_outstanding_rupiah", "months_late", "assessed_at",
)  # fmt: skip
_REVISE = """
UPDATE contribution c SET version = n.version, report_id = n.report_id, tariff = n.tariff,
    worker_count = n.worker_count, wages_rupiah = n.wages_rupiah, assessed_at = $7
FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::integer[], $6::bigint[])
    AS n(contribution_id, version, report_id, tariff, worker_count, wages_rupiah)
WHERE c.contribution_id = n.contribution_id
"""
_DROP_PROGRAMMES = "DELETE FROM contribution_programme WHERE contribution_id = ANY($1::uuid[])"


@dataclass(frozen=True, slots=True)
class Assessed:
    """A contribution as assessed: per programme what the employer and what the worker owes, in rupiah."""

    contribution_id: UUID
    version: int
    employer_id: UUID
    region_code: str
    month: str
    report_id: UUID
    risk_class: int
    programmes: tuple[str, ...]
    tariff: str
    worker_count: int
    wages_rupiah: int
    due_on: date
    parts: dict[str, tuple[int, int]]

    @property
    def due_rupiah(self) -> int:
        """All programmes, both parts."""
        return sum(employer + worker for employer, worker in self.parts.values())


async def lock_reporting(tx: Transaction, month: str, prefixes: Sequence[str]) -> list[UUID]:
    """Lock the employers in the area that have reported the month; gives them."""
    return [row["employer_id"] for row in await tx.fetch(_LOCK, month, list(prefixes))]


async def pending_reports(tx: Transaction, month: str, employer_ids: Sequence[UUID]) -> list[Any]:
    """Current reports of locked employers whose contribution is not assessed, or from an earlier revision.

    A report that came in after the lock is left for the next assessment: nothing holds its employer's money still.
    """
    return list(await tx.fetch(_PENDING, month, list(employer_ids)))


async def assess(tx: Transaction, pending: Sequence[Any], tariff: Tariff) -> dict[UUID, Any]:
    """Write a line per worker and give the totals by report: all reports in one statement."""
    rows = await tx.fetch(
        _ASSESS,
        [row["report_id"] for row in pending],
        [row["risk_class"] for row in pending],
        ["+".join(row["programmes"]) for row in pending],
        *tariff_arguments(tariff),
    )
    return {row["report_id"]: row for row in rows}


def tariff_arguments(tariff: Tariff) -> list[object]:
    """The tariff as arguments of a statement, in the order of its ``t``."""
    return [
        list(tariff.jkk_rates),
        tariff.jkm_rate,
        tariff.jht_employer_rate,
        tariff.jht_worker_rate,
        tariff.jp_employer_rate,
        tariff.jp_worker_rate,
        tariff.jp_ceiling_rupiah,
    ]


async def add_contributions(tx: Transaction, new: Sequence[Assessed], moment: datetime) -> None:
    """Put new contributions on record, unpaid."""
    rows = [
        (
            c.contribution_id, c.version, c.employer_id, c.month, c.report_id, c.risk_class, list(c.programmes),
            c.tariff, c.worker_count, c.wages_rupiah, c.due_on, c.due_rupiah, 0, c.due_rupiah, 0, 0, 0, 0, moment,
        )
        for c in new
    ]  # fmt: skip
    await tx.copy_rows("contribution", _CONTRIBUTION, rows)
    await _add_programmes(tx, new)


async def revise_contributions(tx: Transaction, revised: Sequence[Assessed], moment: datetime) -> None:
    """Set what a corrected report says; the amount due follows with `store.money.set_accounts`."""
    await tx.run(
        _REVISE,
        [c.contribution_id for c in revised],
        [c.version for c in revised],
        [c.report_id for c in revised],
        [c.tariff for c in revised],
        [c.worker_count for c in revised],
        [c.wages_rupiah for c in revised],
        moment,
    )
    await tx.run(_DROP_PROGRAMMES, [c.contribution_id for c in revised])
    await _add_programmes(tx, revised)


async def _add_programmes(tx: Transaction, assessed: Sequence[Assessed]) -> None:
    rows = [(c.contribution_id, name, *parts) for c in assessed for name, parts in c.parts.items()]
    await tx.copy_rows(
        "contribution_programme", ("contribution_id", "programme", "employer_rupiah", "worker_rupiah"), rows
    )
