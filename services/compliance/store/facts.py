"""What compliance says to other services, as facts that ``payung verify`` compares with what they heard."""

from __future__ import annotations

# Each employer and month that was said to be late.
ANNOUNCED = """
SELECT key, '' AS value FROM (
    SELECT DISTINCT (c.employer_id || '|' || c.month) COLLATE "C" AS key
    FROM late_notice n JOIN contribution c USING (contribution_id)
) keys ORDER BY key
"""
