"""Questions whose answer must be empty: rows that break what compliance promises. Each gives (row, sentence)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from services.compliance.rules.states import FileKind, RowOutcome
from services.compliance.rules.tariff import Tariff
from services.compliance.store.assessment import PARTS, parts_sql, rates_sql
from shared.database import Transaction
from shared.periods import Month
from shared.verification import Broken, broken

EQUATION: Final = """
SELECT 'contribution ' || contribution_id AS row, 'Due is not paid plus outstanding.' AS sentence
FROM contribution
WHERE due_rupiah <> paid_rupiah + outstanding_rupiah OR fine_due_rupiah <> fine_paid_rupiah + fine_outstanding_rupiah
    OR (settled_on IS NOT NULL) <> (outstanding_rupiah = 0 AND fine_outstanding_rupiah = 0)
"""
PAID: Final = """
SELECT 'contribution ' || c.contribution_id AS row, 'What is paid is not the sum of its allocations.' AS sentence
FROM contribution c LEFT JOIN (
    SELECT contribution_id, sum(contribution_rupiah) AS paid, sum(fine_rupiah) AS fine FROM allocation GROUP BY 1
) a USING (contribution_id)
WHERE c.paid_rupiah <> coalesce(a.paid, 0) OR c.fine_paid_rupiah <> coalesce(a.fine, 0)
"""
MONEY: Final = """
SELECT 'payment ' || p.payment_id AS row, 'What it gave and what is left are not what was paid.' AS sentence
FROM payment p LEFT JOIN (
    SELECT payment_id, sum(contribution_rupiah) AS given, sum(fine_rupiah) AS fine FROM allocation GROUP BY 1
) a USING (payment_id)
WHERE p.contribution_rupiah <> p.contribution_left_rupiah + coalesce(a.given, 0)
    OR p.fine_rupiah <> p.fine_left_rupiah + coalesce(a.fine, 0)
UNION ALL
SELECT 'payment_number ' || payment_number, 'Two employers share it.'
FROM payment GROUP BY payment_number HAVING count(DISTINCT employer_id) > 1
UNION ALL
SELECT 'allocation ' || a.allocation_id, 'It pays the contribution of another employer.'
FROM allocation a JOIN payment p USING (payment_id) JOIN contribution c USING (contribution_id)
WHERE p.employer_id <> c.employer_id
"""
TOTALS: Final = """
WITH sums AS (
    SELECT report_id, count(*) AS workers, sum(jkk_rupiah) AS jkk, sum(jkm_rupiah) AS jkm,
        sum(jht_employer_rupiah) AS jht_e, sum(jht_worker_rupiah) AS jht_w,
        sum(jp_employer_rupiah) AS jp_e, sum(jp_worker_rupiah) AS jp_w
    FROM assessment_line GROUP BY report_id
), told AS (
    SELECT contribution_id, sum(employer_rupiah + worker_rupiah) AS due,
        array_agg(programme ORDER BY programme) AS programmes,
        bool_and(CASE programme
            WHEN 'JKK' THEN employer_rupiah = s.jkk AND worker_rupiah = 0
            WHEN 'JKM' THEN employer_rupiah = s.jkm AND worker_rupiah = 0
            WHEN 'JHT' THEN employer_rupiah = s.jht_e AND worker_rupiah = s.jht_w
            WHEN 'JP' THEN employer_rupiah = s.jp_e AND worker_rupiah = s.jp_w
            ELSE false END) AS equal
    FROM contribution_programme g JOIN contribution c USING (contribution_id) LEFT JOIN sums s USING (report_id)
    GROUP BY contribution_id
)
SELECT 'contribution ' || c.contribution_id AS row, 'Its totals are not the sums of its lines.' AS sentence
FROM contribution c LEFT JOIN told t USING (contribution_id) LEFT JOIN sums s USING (report_id)
    LEFT JOIN wage_report r USING (report_id)
WHERE t.due IS DISTINCT FROM c.due_rupiah OR t.equal IS NOT TRUE OR s.workers IS DISTINCT FROM c.worker_count::bigint
    OR r.worker_count IS DISTINCT FROM c.worker_count OR r.wages_rupiah IS DISTINCT FROM c.wages_rupiah
    OR r.employer_id <> c.employer_id OR r.month <> c.month
    OR t.programmes IS DISTINCT FROM (
        SELECT array_agg(p ORDER BY p) FROM unnest(c.programmes) AS u(p) WHERE p <> 'JKP'
    )
"""
REPORTS: Final = """
SELECT 'wage_report ' || report_id AS row, 'Its counts are not those of its lines.' AS sentence
FROM wage_report r FULL JOIN (
    SELECT report_id, count(*) AS workers, sum(wage_rupiah) AS wages FROM wage_line GROUP BY report_id
) l USING (report_id)
WHERE l.workers IS DISTINCT FROM r.worker_count::bigint OR l.wages IS DISTINCT FROM r.wages_rupiah::numeric
UNION ALL
SELECT 'employer ' || employer_id || ' month ' || month, 'Its revisions are not 1, 2, 3 ... with the last one current.'
FROM wage_report GROUP BY employer_id, month
HAVING max(revision) <> count(*) OR count(*) FILTER (WHERE is_current) <> 1
    OR max(revision) FILTER (WHERE is_current) <> max(revision)
"""
FILES: Final = f"""
SELECT 'uploaded_file ' || file_id AS row, 'Its counts are not those of its rows.' AS sentence
FROM uploaded_file f FULL JOIN (
    SELECT file_id, count(*) AS rows, count(*) FILTER (WHERE outcome = '{RowOutcome.REFUSED}') AS refused
    FROM file_row GROUP BY 1
) r USING (file_id)
WHERE f.rows IS DISTINCT FROM r.rows OR f.refused_rows IS DISTINCT FROM r.refused
UNION ALL
SELECT 'uploaded_file ' || file_id, 'What is on record from it is not what it says was accepted.'
FROM uploaded_file f LEFT JOIN (
    SELECT file_id, count(*) AS accepted FROM file_row WHERE outcome = '{RowOutcome.ACCEPTED}' GROUP BY 1
) a USING (file_id) LEFT JOIN (
    SELECT file_id, count(*) AS kept FROM payment GROUP BY 1
    UNION ALL SELECT file_id, sum(worker_count) FROM wage_report GROUP BY 1
) k USING (file_id)
WHERE f.kind <> '{FileKind.EMPLOYERS}' AND coalesce(a.accepted, 0) <> coalesce(k.kept, 0)
"""  # noqa: S608 - made of constants
MATCHED: Final = """
SELECT 'payment ' || p.payment_id AS row, 'Its money waits although its employer owes something.' AS sentence
FROM payment p
WHERE EXISTS (SELECT 1 FROM contribution c WHERE c.employer_id = p.employer_id AND c.month = p.month) AND (
    (p.contribution_left_rupiah > 0 AND EXISTS (
        SELECT 1 FROM contribution c WHERE c.employer_id = p.employer_id AND c.outstanding_rupiah > 0))
    OR (p.fine_left_rupiah > 0 AND EXISTS (
        SELECT 1 FROM contribution c WHERE c.employer_id = p.employer_id AND c.fine_outstanding_rupiah > 0))
)
"""
SETTLED_DAYS: Final = """
SELECT 'contribution ' || c.contribution_id AS row, 'It was not settled on the day of its last payment.' AS sentence
FROM contribution c
WHERE c.settled_on IS NOT NULL AND c.settled_on IS DISTINCT FROM (
    SELECT max(paid_on) FROM (
        SELECT p.paid_on FROM allocation a JOIN payment p USING (payment_id) WHERE a.contribution_id = c.contribution_id
        GROUP BY a.payment_id, p.paid_on
        HAVING sum(a.contribution_rupiah) <> 0 OR sum(a.fine_rupiah) <> 0
    ) net
)
"""
UNANNOUNCED: Final = """
SELECT 'contribution ' || c.contribution_id AS row, 'Its delay was never announced.' AS sentence
FROM contribution c
WHERE c.outstanding_rupiah > 0 AND c.months_late > 0
    AND NOT EXISTS (
        SELECT 1 FROM late_notice n WHERE n.contribution_id = c.contribution_id AND n.months_late = c.months_late
    )
"""
_MONTHS = "SELECT DISTINCT month FROM contribution ORDER BY month"
_LINES = f"""
WITH t AS (
    SELECT month, ARRAY[j1, j2, j3, j4, j5] AS jkk_rates, jkm_rate, jht_employer_rate, jht_worker_rate,
        jp_employer_rate, jp_worker_rate, jp_ceiling_rupiah
    FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
        $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])
        AS u(month, j1, j2, j3, j4, j5, jkm_rate, jht_employer_rate, jht_worker_rate, jp_employer_rate, jp_worker_rate,
             jp_ceiling_rupiah)
), rated AS MATERIALIZED (
    SELECT r.report_id, {rates_sql("c")}
    FROM wage_report r JOIN contribution c ON c.employer_id = r.employer_id AND c.month = r.month
        JOIN t ON t.month = c.month
    WHERE r.report_id = c.report_id OR EXISTS (SELECT 1 FROM assessment_line l WHERE l.report_id = r.report_id)
), wanted AS (
    SELECT w.report_id, w.worker_token, {parts_sql("rated")}
    FROM rated JOIN wage_line w USING (report_id)
)
SELECT DISTINCT 'wage_report ' || report_id AS row, 'A line is not what its wage costs.' AS sentence
FROM wanted FULL JOIN assessment_line l USING (report_id, worker_token)
WHERE ({", ".join(f"wanted.{part}" for part in PARTS)}) IS DISTINCT FROM ({", ".join(f"l.{part}" for part in PARTS)})
"""  # noqa: S608 - made of constants
_ACCOUNTS = """
SELECT c.contribution_id, c.month, c.due_on, c.due_rupiah, c.fine_due_rupiah, c.months_late, c.fine_as_of,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(p.paid_on, a.contribution_rupiah)), '[]')
     FROM allocation a JOIN payment p USING (payment_id) WHERE a.contribution_id = c.contribution_id)::text AS paid
FROM contribution c ORDER BY c.contribution_id
"""
_NOTICES = """
SELECT n.contribution_id, n.months_late, n.as_of, n.ageing_class, c.due_on
FROM late_notice n JOIN contribution c USING (contribution_id) ORDER BY n.contribution_id, n.months_late
"""


async def assessed_months(tx: Transaction) -> list[Month]:
    """The contribution months that are assessed."""
    return [Month.parse(row["month"]) for row in await tx.fetch(_MONTHS)]


async def wrong_lines(tx: Transaction, tariffs: Sequence[Tariff]) -> list[Broken]:
    """Reports with a line that is not what its wage costs under the tariff of its month."""
    arrays = [
        [str(tariff.month) for tariff in tariffs],
        *([tariff.jkk_rates[number] for tariff in tariffs] for number in range(5)),
        [tariff.jkm_rate for tariff in tariffs],
        [tariff.jht_employer_rate for tariff in tariffs],
        [tariff.jht_worker_rate for tariff in tariffs],
        [tariff.jp_employer_rate for tariff in tariffs],
        [tariff.jp_worker_rate for tariff in tariffs],
        [tariff.jp_ceiling_rupiah for tariff in tariffs],
    ]
    return await broken(tx, _LINES, *arrays)


async def all_accounts(tx: Transaction) -> AsyncIterator[Any]:
    """Every contribution with the days and amounts paid on it."""
    async for row in tx.raw.cursor(_ACCOUNTS, prefetch=2_000):
        yield row


async def all_notices(tx: Transaction) -> AsyncIterator[Any]:
    """Every announced delay."""
    async for row in tx.raw.cursor(_NOTICES, prefetch=2_000):
        yield row
