"""Files from BPJS: which were taken or refused, by name and content."""

from __future__ import annotations

from datetime import datetime

from shared.database import Transaction
from shared.exchange import REFUSED
from shared.messaging.outbox import UnitOfWork

SET_ASIDE = "set-aside"
_FIND = """
SELECT content_sha256, state FROM exchange_file WHERE name = $1
UNION ALL SELECT item, 'set-aside' FROM job_item WHERE job = $2 AND item = $3 AND next_attempt_at > $4
"""
_ADD = """
INSERT INTO exchange_file (name, content_sha256, state, reason, rows, received_at) VALUES ($1, $2, $3, $4, $5, $6)
"""


async def states_by_content(uow: UnitOfWork, name: str, job: str, content_sha256: str) -> dict[str, str]:
    """What became of every content (its SHA-256) that came under this name.

    `SET_ASIDE` where ``job`` has failed on it and is to leave it alone for a while.
    """
    rows = await uow.fetch(_FIND, name, job, content_sha256, uow.moment)
    return {row["content_sha256"]: row["state"] for row in rows}


async def add_file(
    tx: Transaction, name: str, content_sha256: str, *, reason: str | None, rows: int, moment: datetime
) -> None:
    """Note a file as imported, or as refused for ``reason``."""
    state = REFUSED if reason else "imported"
    await tx.run(_ADD, name, content_sha256, state, reason, rows, moment)
