"""What is compared with other services' databases: one line for each fact, in bytewise order."""

from __future__ import annotations

from collections.abc import AsyncIterator

from shared.database import Transaction

_NOTICES = "SELECT recipient_id, period FROM message WHERE purpose = $1 ORDER BY recipient_id, period"


async def notices(tx: Transaction, purpose: str) -> AsyncIterator[tuple[str, str]]:
    """``<recipient>|<month>`` of every message of ``purpose``."""
    async for row in tx.raw.cursor(_NOTICES, purpose, prefetch=5_000):
        yield f"{row['recipient_id']}|{row['period']}", ""
