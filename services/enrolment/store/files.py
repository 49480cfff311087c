"""Files from BPJS: which were taken or refused, by name and content."""

from __future__ import annotations

from datetime import datetime

from shared.database import Transaction
from shared.exchange import REFUSED

_FIND = "SELECT content_sha256, state FROM exchange_file WHERE name = $1"
_ADD = """
INSERT INTO exchange_file (name, content_sha256, state, reason, rows, received_at) VALUES ($1, $2, $3, $4, $5, $6)
"""


async def states_by_content(tx: Transaction, name: str) -> dict[str, str]:
    """What became of every content (its SHA-256) that came under this name."""
    return {row["content_sha256"]: row["state"] for row in await tx.fetch(_FIND, name)}


async def add_file(
    tx: Transaction, name: str, content_sha256: str, *, reason: str | None, rows: int, moment: datetime
) -> None:
    """Note a file as imported, or as refused for ``reason``."""
    state = REFUSED if reason else "imported"
    await tx.run(_ADD, name, content_sha256, state, reason, rows, moment)
