"""Files that came from BPJS: each name and content is taken once, and remembered with its effect."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from services.subsidy.rules.states import FileState
from services.subsidy.store.rows import insert_into, values
from services.subsidy.tables import ExchangeFile
from shared.database import Transaction
from shared.database.records import columns, record
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import not_set_aside

_STATES = "SELECT sha256, state FROM exchange_file WHERE name = $1"
_PUT = insert_into(
    ExchangeFile,
    """ON CONFLICT (name, sha256) DO UPDATE SET state = excluded.state, reason = excluded.reason, rows = excluded.rows,
    total_rupiah = excluded.total_rupiah""",
)
_READING = f"""
SELECT {columns(ExchangeFile)} FROM exchange_file WHERE name = $1 AND state = '{FileState.READING}' FOR UPDATE
"""  # noqa: S608 - columns and states of our own
_NEXT_PAYING = f"""
SELECT file_id, reference_id AS disbursement_id FROM exchange_file
WHERE state = '{FileState.PAYING}' AND {not_set_aside("file_id", "$1", "$2")}
ORDER BY received_at, file_id LIMIT 1
"""  # noqa: S608 - a condition of ours
_APPLIED = f"UPDATE exchange_file SET state = '{FileState.APPLIED}' WHERE file_id = $1"  # noqa: S608


class Paying(NamedTuple):
    """A matched confirmation that is being paid."""

    file_id: UUID
    disbursement_id: UUID


async def states_by_content(tx: Transaction, name: str) -> dict[str, str]:
    """What became of every content (its SHA-256) that came under this name."""
    return {row["sha256"]: row["state"] for row in await tx.fetch(_STATES, name)}


async def put(tx: Transaction, file: ExchangeFile) -> None:
    """Remember a file, or what has become of it, in the transaction of its effect."""
    await tx.run(_PUT, *values(file))


async def being_read(tx: Transaction, name: str) -> ExchangeFile | None:
    """The file of this name that was read in part, locked; None if there is none."""
    rows = await tx.fetch(_READING, name)
    return record(ExchangeFile, rows[0]) if rows else None


async def next_paying(uow: UnitOfWork, job: str) -> Paying | None:
    """The oldest confirmation being paid that ``job`` has not set aside; None without one."""
    rows = await uow.fetch(_NEXT_PAYING, job, uow.moment)
    return Paying(**rows[0]) if rows else None


async def mark_applied(tx: Transaction, file_id: UUID) -> None:
    """All of the file is paid."""
    await tx.run(_APPLIED, file_id)
