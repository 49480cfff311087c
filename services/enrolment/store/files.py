"""Files from BPJS: which were taken or refused, by name and content."""

from __future__ import annotations

from services.enrolment.rules.states import FileState
from services.enrolment.tables import ExchangeFile
from shared.database.records import columns
from shared.messaging.outbox import UnitOfWork

_FIND = """
SELECT content_sha256, state FROM exchange_file WHERE name = $1
UNION ALL SELECT item, 'set-aside' FROM job_item WHERE job = $2 AND item = $3 AND next_attempt_at > $4
"""
_ADD = f"INSERT INTO exchange_file ({columns(ExchangeFile)}) VALUES ($1, $2, $3, $4, $5, $6)"  # noqa: S608 - our columns


async def find_states(uow: UnitOfWork, name: str, job: str, content_sha256: str) -> dict[str, FileState]:
    """What became of every content (its SHA-256) that came under this name.

    Set aside where ``job`` has failed on it and is to leave it alone for a while.
    """
    rows = await uow.fetch(_FIND, name, job, content_sha256, uow.moment)
    return {row["content_sha256"]: FileState(row["state"]) for row in rows}


async def add(uow: UnitOfWork, name: str, content_sha256: str, *, reason: str | None, rows: int) -> None:
    """Note a file as imported, or as refused for ``reason``."""
    state = FileState.REFUSED if reason else FileState.IMPORTED
    await uow.run(_ADD, name, content_sha256, state, reason, rows, uow.moment)
