"""Figures over everything in somebody's area, and of one run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.database import Transaction

_WORKERS = """
SELECT count(*) FILTER (WHERE decision = 'verified') AS verified,
    count(*) FILTER (WHERE enrolled_version > exited_version AND enrolled_version > lapsed_version) AS enrolled
FROM worker_view WHERE region_code ^@ ANY ($1::text[])
"""
_BY_REGION = """
SELECT region_code, count(*) AS workers FROM worker_view
WHERE decision = 'verified' AND region_code ^@ ANY ($1::text[]) GROUP BY region_code ORDER BY region_code
"""
_GRANTED = """
SELECT count(DISTINCT g.worker_id) FROM subsidy_grant g JOIN decree_worker d USING (decree_id, worker_id)
WHERE d.region_code ^@ ANY ($1::text[])
"""
_CONTRIBUTIONS = """
SELECT count(*) AS due, count(p.contribution_id) AS paid,
    coalesce(sum(c.jkk_rupiah + c.jkm_rupiah), 0)::bigint AS due_rupiah,
    coalesce(sum(p.jkk_rupiah + p.jkm_rupiah), 0)::bigint AS paid_rupiah
FROM contribution c LEFT JOIN payment_line p USING (contribution_id) WHERE c.region_code ^@ ANY ($1::text[])
"""
_UNFUNDED = """
SELECT reason, count(*) AS workers FROM unfunded u WHERE region_code ^@ ANY ($1::text[])
AND NOT EXISTS (SELECT 1 FROM contribution c WHERE c.worker_id = u.worker_id AND c.month = u.month)
GROUP BY reason ORDER BY reason
"""
_BILLS = "SELECT state, count(*) AS bills FROM bill WHERE region_code ^@ ANY ($1::text[]) GROUP BY state ORDER BY state"
_CASES = "SELECT count(*) FROM subsidy_case WHERE closed_at IS NULL AND region_code ^@ ANY ($1::text[])"


async def figures(tx: Transaction, areas: Sequence[str]) -> dict[str, Any]:
    """Workers, contributions, bills and open cases in ``areas``, as the API's answer names them."""
    workers = (await tx.fetch(_WORKERS, areas))[0]
    contributions = (await tx.fetch(_CONTRIBUTIONS, areas))[0]
    unfunded = {row["reason"]: row["workers"] for row in await tx.fetch(_UNFUNDED, areas)}
    return {
        "verified": workers["verified"],
        "verified_by_region": {row["region_code"]: row["workers"] for row in await tx.fetch(_BY_REGION, areas)},
        "granted": await tx.fetch_value(_GRANTED, areas),
        "enrolled": workers["enrolled"],
        "contributions": {
            **dict(contributions.items()),
            "unfunded": sum(unfunded.values()),
            "outstanding": contributions["due"] - contributions["paid"],
            "unfunded_by_reason": unfunded,
        },
        "bills": {row["state"]: row["bills"] for row in await tx.fetch(_BILLS, areas)},
        "cases": await tx.fetch_value(_CASES, areas),
    }
