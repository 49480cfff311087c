"""Rosters: the file, how far it was read and registered, and what became of its rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shared.database import Transaction
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import not_set_aside

_ADD = """
INSERT INTO roster (roster_id, content_sha256, area_codes, uploaded_by, uploaded_at, kind, encoding, size_bytes, state,
    reason, reason_facts, next_byte, next_row, rows, accepted_rows, refused_rows, registered_through, kek_id,
    wrapped_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $13::jsonb, 0, 1, 0, 0, 0, 0, $11, $12)
ON CONFLICT (content_sha256, area_codes) DO NOTHING RETURNING roster_id
"""
_FIND = "SELECT roster_id, state, reason, reason_facts FROM roster WHERE content_sha256 = $1 AND area_codes = $2"
_TAKE = f"""
SELECT * FROM roster WHERE state = ANY($1) AND {not_set_aside("roster.roster_id", "$2", "$3")}
ORDER BY uploaded_at, roster_id LIMIT 1 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - a condition of ours
_ADD_CHUNK = "INSERT INTO roster_chunk (roster_id, position, sealed) VALUES ($1, $2, $3)"
_CHUNK = "SELECT sealed FROM roster_chunk WHERE roster_id = $1 AND position = $2"
_PROGRESS = """
UPDATE roster SET state = 'reading', delimiter = $2, columns = $3, next_byte = $4, next_row = $5,
    rows = rows + $6, accepted_rows = accepted_rows + $7, refused_rows = refused_rows + $8
WHERE roster_id = $1
"""
_REFUSE = """
UPDATE roster SET state = 'refused', reason = $2, reason_facts = $3::jsonb, wrapped_key = NULL WHERE roster_id = $1
"""
_READ = "UPDATE roster SET state = 'read' WHERE roster_id = $1 RETURNING accepted_rows"
_ACCEPT = """
UPDATE roster SET state = 'accepted', accepted_by = $2, accepted_at = $3 WHERE roster_id = $1 AND state = 'read'
"""
_LOCK = "SELECT state, uploaded_by FROM roster WHERE roster_id = $1 FOR UPDATE"
_ADVANCE = "UPDATE roster SET state = 'registering', registered_through = $2 WHERE roster_id = $1"
_REGISTERED = """
UPDATE roster SET state = 'registered', registered_at = $2, wrapped_key = NULL WHERE roster_id = $1
"""
_FORGET_CHUNKS = "DELETE FROM roster_chunk WHERE roster_id = $1"
_FORGET_BLOCKS = "DELETE FROM roster_block WHERE roster_id = $1"
_FORGET_COUNTS = "UPDATE roster SET rows = 0, accepted_rows = 0, refused_rows = 0 WHERE roster_id = $1"
_FORGET_ROWS = "DELETE FROM roster_row WHERE roster_id = $1"


@dataclass(frozen=True, slots=True)
class NewRoster:
    """An upload as it is stored first."""

    roster_id: UUID
    content_sha256: str
    area_codes: Sequence[str]
    uploaded_by: str
    uploaded_at: datetime
    kind: str
    encoding: str
    size_bytes: int
    reason: str | None
    reason_facts: Mapping[str, str]
    kek_id: str
    wrapped_key: bytes | None


async def add_roster(tx: Transaction, new: NewRoster) -> bool:
    """Add an upload; False if the same content was uploaded for the same areas before (or is being, and we waited)."""
    added = await tx.fetch_value(
        _ADD,
        new.roster_id,
        new.content_sha256,
        list(new.area_codes),
        new.uploaded_by,
        new.uploaded_at,
        new.kind,
        new.encoding,
        new.size_bytes,
        "refused" if new.reason else "received",
        new.reason,
        new.kek_id,
        new.wrapped_key,
        json.dumps(dict(new.reason_facts)),
    )
    return added is not None


async def find_roster(tx: Transaction, content_sha256: str, area_codes: Sequence[str]) -> Record:
    """The roster (id, state, reason) of this content and these areas, which must exist."""
    return (await tx.fetch(_FIND, content_sha256, list(area_codes)))[0]


async def take_roster(uow: UnitOfWork, job: str, *states: str) -> Record | None:
    """The oldest roster in one of ``states`` that ``job`` has not set aside, locked.

    None if there is none or others work on them.
    """
    rows = await uow.fetch(_TAKE, list(states), job, uow.moment)
    return rows[0] if rows else None


async def lock_roster(tx: Transaction, roster_id: UUID) -> Record:
    """State and uploader of a roster that exists, locked."""
    return (await tx.fetch(_LOCK, roster_id))[0]


async def add_chunk(tx: Transaction, roster_id: UUID, position: int, sealed: bytes) -> None:
    """Keep a sealed piece of the file."""
    await tx.run(_ADD_CHUNK, roster_id, position, sealed)


async def chunk(tx: Transaction, roster_id: UUID, position: int) -> bytes:
    """A sealed piece of the file."""
    return bytes(await tx.fetch_value(_CHUNK, roster_id, position))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far reading has come, and what the rows read since the last time came to."""

    delimiter: str | None
    columns: Sequence[str]
    next_byte: int
    next_row: int
    accepted: int
    refused: int


async def note_progress(tx: Transaction, roster_id: UUID, progress: Progress) -> None:
    """Write down how far the file was read."""
    await tx.run(
        _PROGRESS,
        roster_id,
        progress.delimiter,
        list(progress.columns),
        progress.next_byte,
        progress.next_row,
        progress.accepted + progress.refused,
        progress.accepted,
        progress.refused,
    )


async def refuse_roster(
    tx: Transaction, roster_id: UUID, reason: str, facts: Mapping[str, str], *, keep_rows: bool
) -> None:
    """Refuse the whole file and forget what was kept of it; the rows' results stay if they explain why."""
    await tx.run(_REFUSE, roster_id, reason, json.dumps(dict(facts)))
    await tx.run(_FORGET_CHUNKS, roster_id)
    await tx.run(_FORGET_BLOCKS, roster_id)
    if not keep_rows:
        await tx.run(_FORGET_ROWS, roster_id)
        await tx.run(_FORGET_COUNTS, roster_id)


async def finish_reading(tx: Transaction, roster_id: UUID) -> int:
    """The file is read and waits for a second person; gives how many rows are acceptable.

    The file itself goes: the staged blocks hold all that registering needs.
    """
    await tx.run(_FORGET_CHUNKS, roster_id)
    return int(await tx.fetch_value(_READ, roster_id))


async def accept_roster(tx: Transaction, roster_id: UUID, accepted_by: str, moment: datetime) -> None:
    """A second person has accepted the roster."""
    await tx.run(_ACCEPT, roster_id, accepted_by, moment)


async def advance(tx: Transaction, roster_id: UUID, registered_through: int) -> None:
    """All rows up to this one are registered."""
    await tx.run(_ADVANCE, roster_id, registered_through)


async def finish_registering(tx: Transaction, roster_id: UUID, moment: datetime) -> None:
    """Everybody is registered: destroy the roster's key and what it sealed. The rows' results stay."""
    await tx.run(_REGISTERED, roster_id, moment)
    await tx.run(_FORGET_CHUNKS, roster_id)
    await tx.run(_FORGET_BLOCKS, roster_id)
