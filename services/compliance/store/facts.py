"""What compliance says to other services, as facts that ``payung verify`` compares with what they heard."""

from __future__ import annotations

from collections.abc import AsyncIterator

from shared.database import Transaction

_ANNOUNCED = """
SELECT key FROM (
    SELECT DISTINCT (c.employer_id || '|' || c.month) COLLATE "C" AS key
    FROM late_notice n JOIN contribution c USING (contribution_id)
) keys ORDER BY key
"""


async def announced(tx: Transaction) -> AsyncIterator[tuple[str, str]]:
    """The fact ``notice.employer-late``: each employer and month that was said to be late."""
    async for row in tx.raw.cursor(_ANNOUNCED, prefetch=2_000):
        yield row["key"], ""
