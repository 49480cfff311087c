"""The figures of an area in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.database import Transaction

_FIGURES = """
WITH own AS (SELECT employer_id FROM employer WHERE region_code ^@ ANY($1::text[])),
debts AS (
    SELECT count(*) AS assessed, count(*) FILTER (WHERE settled_on IS NOT NULL) AS settled,
        count(*) FILTER (WHERE outstanding_rupiah > 0 AND months_late > 0) AS late,
        coalesce(sum(outstanding_rupiah) FILTER (WHERE months_late > 0), 0)::bigint AS late_rupiah,
        coalesce(sum(fine_due_rupiah), 0)::bigint AS fines_rupiah,
        coalesce(sum(due_rupiah), 0)::bigint AS due_rupiah, coalesce(sum(paid_rupiah), 0)::bigint AS paid_rupiah,
        coalesce(sum(outstanding_rupiah), 0)::bigint AS outstanding_rupiah
    FROM contribution JOIN own USING (employer_id)
)
SELECT (SELECT count(*) FROM own) AS employers,
    (SELECT count(*) FROM wage_report JOIN own USING (employer_id) WHERE is_current) AS reported,
    (SELECT count(*) FROM payment JOIN own USING (employer_id)
        WHERE contribution_left_rupiah > 0 OR fine_left_rupiah > 0) AS cases,
    debts.*
FROM debts
"""


async def figures(tx: Transaction, prefixes: Sequence[str]) -> Any:
    """The figures of the areas ``prefixes``, by name."""
    return (await tx.fetch(_FIGURES, list(prefixes)))[0]
