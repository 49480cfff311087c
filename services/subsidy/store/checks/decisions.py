"""Whether grants, runs and approvals are those that people decided, and nobody was forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from services.subsidy.rules.decree import content_sha256
from services.subsidy.store import decrees
from services.subsidy.store.checks.finder import finder
from shared.database import Transaction
from shared.verification import MAX_BROKEN, Broken

grants_equal_decrees = finder(
    """
    SELECT 'decree ' || decree_id, 'It says ' || d.granted || ' grants; there are ' || coalesce(g.grants, 0) || '.'
    FROM decree d LEFT JOIN (SELECT decree_id, count(*) AS grants FROM subsidy_grant GROUP BY decree_id) g
        USING (decree_id)
    WHERE d.granted <> coalesce(g.grants, 0) OR (d.state = 'granted' AND d.granted <> d.workers)
    """,
    """
    SELECT 'subsidy_grant ' || grant_id, 'Its decree does not name the worker, or for other months.'
    FROM subsidy_grant g LEFT JOIN decree_worker w USING (decree_id, worker_id) LEFT JOIN decree d USING (decree_id)
    WHERE w.worker_id IS NULL OR (g.first_month, g.last_month, g.funding_line_id)
        IS DISTINCT FROM (d.first_month, d.last_month, d.funding_line_id)
    """,
)
runs_equal_contributions = finder(
    """
    SELECT 'month_run ' || month_run_id, 'It says ' || r.due_count || ' workers and ' || (r.jkk_rupiah + r.jkm_rupiah)
        || ' rupiah; its contributions have ' || coalesce(c.workers, 0) || ' and ' || coalesce(c.jkk + c.jkm, 0) || '.'
    FROM month_run r FULL JOIN (
        SELECT month_run_id, count(*) AS workers, sum(jkk_rupiah) AS jkk, sum(jkm_rupiah) AS jkm
        FROM contribution GROUP BY month_run_id
    ) c USING (month_run_id)
    WHERE (coalesce(r.due_count, 0), coalesce(r.jkk_rupiah, 0), coalesce(r.jkm_rupiah, 0))
        <> (coalesce(c.workers, 0), coalesce(c.jkk, 0), coalesce(c.jkm, 0))
    """,
    """
    SELECT 'run_unfunded ' || month_run_id || ' ' || worker_id, 'The run has assessed the worker as well.'
    FROM run_unfunded JOIN contribution USING (month_run_id, worker_id)
    """,
    """
    SELECT 'run_unfunded ' || month_run_id || ' ' || u.worker_id, 'Nobody was told that the month has no payer.'
    FROM run_unfunded u JOIN month_run r USING (month_run_id)
    LEFT JOIN unfunded t ON t.worker_id = u.worker_id AND t.month = r.month WHERE t.worker_id IS NULL
    """,
)
contributions_as_granted = finder(
    """
    SELECT 'contribution ' || c.contribution_id,
        'Its run, grant or decree names another worker, month, funding line, group or due date.'
    FROM contribution c LEFT JOIN month_run r ON r.month_run_id = c.month_run_id
    LEFT JOIN subsidy_grant g ON g.grant_id = c.grant_id LEFT JOIN decree d ON d.decree_id = g.decree_id
    WHERE (c.worker_id, c.funding_line_id, c.funding_line_id, c.month, c.due_on, c.group_id)
        IS DISTINCT FROM (g.worker_id, g.funding_line_id, r.funding_line_id, r.month, r.due_on, d.group_id)
    OR c.month < g.first_month OR c.month > g.last_month
    """,
    """
    SELECT 'contribution of ' || month || ' ' || tariff || ' band ' || income_band,
        'Workers of one month, tariff and band owe different amounts.'
    FROM contribution GROUP BY month, tariff, income_band
    HAVING min(jkk_rupiah) <> max(jkk_rupiah) OR min(jkm_rupiah) <> max(jkm_rupiah)
    """,
)
# OFFSET 0: each is looked up by its key; as a join, all who have a reason have been read for each who is granted.
nobody_forgotten = finder(
    """
    SELECT 'month_run ' || r.month_run_id || ' worker ' || g.worker_id,
        'The worker is granted and enrolled, and the run has neither a contribution nor a reason.'
    FROM month_run r
    JOIN subsidy_grant g ON g.funding_line_id = r.funding_line_id AND g.first_month <= r.month
        AND g.last_month >= r.month
    JOIN worker_view w ON w.worker_id = g.worker_id AND w.cover_from <= r.month
        AND w.enrolled_version > w.lapsed_version AND w.enrolled_version > w.exited_version
    WHERE NOT r.assessing
    AND NOT EXISTS (SELECT 1 FROM contribution c
        WHERE c.month_run_id = r.month_run_id AND c.month = r.month AND c.worker_id = g.worker_id OFFSET 0)
    AND NOT EXISTS (SELECT 1 FROM run_unfunded u
        WHERE u.month_run_id = r.month_run_id AND u.worker_id = g.worker_id OFFSET 0)
    AND NOT EXISTS (SELECT 1 FROM changed_worker q WHERE q.worker_id = g.worker_id)
    """
)
two_people = finder(
    *(
        f"""
        SELECT '{table} ' || {key}, 'It is in force without a second person, or its maker approved it.'
        FROM {table} WHERE state NOT IN ('draft', 'submitted') AND (approved_by IS NULL
            OR lower(btrim(approved_by)) = lower(btrim(created_by)))
        """  # noqa: S608 - names of this file
        for table, key in (
            ("funding_line", "funding_line_id"),
            ("funding_amendment", "amendment_id"),
            ("decree", "decree_id"),
            ("disbursement", "disbursement_id"),
        )
    )
)


async def decrees_as_approved(tx: Transaction) -> Sequence[Broken]:
    """Decrees whose stored terms or list no longer give the hash that was approved."""
    broken: list[Broken] = []
    for decree in await decrees.every(tx):
        computed = content_sha256(decrees.terms(decree), *await decrees.list_hash(tx, decree.decree_id))
        if computed != decree.content_sha256:
            broken.append(Broken(f"decree {decree.decree_id}", "Its content is not what its hash says."))
    return broken[:MAX_BROKEN]
