"""What is compared with other services' databases: one line for each fact, in bytewise order."""

from __future__ import annotations

# The recipient and the month of every message of a purpose.
NOTICES = """
SELECT recipient_id || '|' || period AS key, '' AS value FROM message WHERE purpose = $1 ORDER BY recipient_id, period
"""
