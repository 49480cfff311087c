"""Files that came from BPJS: each name and content is taken once, and remembered with its effect."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from shared.database import Transaction
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import not_set_aside

_STATES = "SELECT sha256, state FROM exchange_file WHERE name = $1"
_ADD = """
INSERT INTO exchange_file (name, sha256, file_id, kind, reference_id, state, reason, rows, total_rupiah, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (name, sha256) DO UPDATE SET state = excluded.state, reason = excluded.reason, rows = excluded.rows,
    total_rupiah = excluded.total_rupiah
"""
_READING = """
SELECT name, sha256, file_id, kind, reference_id, state, reason, rows, total_rupiah FROM exchange_file
WHERE name = $1 AND state = 'reading' FOR UPDATE
"""
_NEXT_PAYING = f"""
SELECT file_id, reference_id FROM exchange_file WHERE state = 'paying' AND {not_set_aside("file_id", "$1", "$2")}
ORDER BY received_at, file_id LIMIT 1
"""  # noqa: S608 - a condition of ours
_APPLIED = "UPDATE exchange_file SET state = 'applied' WHERE file_id = $1"


class FileRecord(NamedTuple):
    """What is remembered of a file that came: ``state`` is reading, paying, applied, repeated or refused."""

    name: str
    sha256: str
    file_id: UUID
    kind: str
    reference_id: UUID | None
    state: str
    reason: str | None = None
    rows: int = 0
    total_rupiah: int = 0


async def states_by_content(tx: Transaction, name: str) -> dict[str, str]:
    """What became of every content (its SHA-256) that came under this name."""
    return {row["sha256"]: row["state"] for row in await tx.fetch(_STATES, name)}


async def put(uow: UnitOfWork, record: FileRecord) -> None:
    """Remember a file, or what has become of it, in the transaction of its effect."""
    await uow.run(_ADD, *record, uow.moment)


async def being_read(tx: Transaction, name: str) -> FileRecord | None:
    """The file of this name that was read in part, locked; None if there is none."""
    rows: list[Any] = await tx.fetch(_READING, name)
    return FileRecord(*rows[0]) if rows else None


async def next_paying(uow: UnitOfWork, job: str) -> tuple[UUID, UUID] | None:
    """(file, disbursement) of the oldest confirmation being paid that ``job`` has not set aside; None without one."""
    rows = await uow.fetch(_NEXT_PAYING, job, uow.moment)
    return (rows[0]["file_id"], rows[0]["reference_id"]) if rows else None


async def mark_applied(tx: Transaction, file_id: UUID) -> None:
    """All of the file is paid."""
    await tx.run(_APPLIED, file_id)
