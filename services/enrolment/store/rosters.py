"""Rosters: the file, how far it was read and registered, and what became of its rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Text, TextClause, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from services.enrolment.rules.states import RosterState
from services.enrolment.tables import Roster
from shared.access.areas import AreaScope
from shared.access.paging import Keyset, PageQuery
from shared.database import Transaction
from shared.database.records import NamedRow, columns, record, records
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import not_set_aside

_ROSTER: Final = Roster.__table__  # type: ignore[attr-defined]
NEWEST_FIRST: Final = Keyset((_ROSTER.c.uploaded_at, datetime), (_ROSTER.c.roster_id, UUID), descending=True)
_ADD = f"""
INSERT INTO roster ({columns(Roster)})
VALUES ({", ".join(f"${place + 1}" for place in range(len(Roster.model_fields)))})
ON CONFLICT (content_sha256, area_codes) DO NOTHING RETURNING roster_id
"""  # noqa: S608 - columns of our own table
_FIND = f"SELECT {columns(Roster)} FROM roster WHERE content_sha256 = $1 AND area_codes = $2"  # noqa: S608 - the same
_TAKE = f"""
SELECT {columns(Roster)} FROM roster WHERE state = ANY($1) AND {not_set_aside("roster.roster_id", "$2", "$3")}
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
RETURNING state
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


async def add(tx: Transaction, new: Roster) -> bool:
    """Add an upload; False if the same content was uploaded for the same areas before (or is being, and we waited)."""
    values = {**vars(new), "reason_facts": json.dumps(new.reason_facts)}
    return await tx.fetch_value(_ADD, *values.values()) is not None


async def find(tx: Transaction, content_sha256: str, area_codes: Sequence[str]) -> Roster:
    """The roster of this content and these areas, which must exist."""
    return records(Roster, await tx.fetch(_FIND, content_sha256, list(area_codes)))[0]


async def take(uow: UnitOfWork, job: str, *states: RosterState) -> Roster | None:
    """The oldest roster in one of ``states`` that ``job`` has not set aside, locked.

    None if there is none or others work on them.
    """
    rosters = records(Roster, await uow.fetch(_TAKE, list(states), job, uow.moment))
    return rosters[0] if rosters else None


async def lock(tx: Transaction, roster_id: UUID) -> NamedRow:
    """State and uploader of a roster that exists, locked."""
    return (await tx.fetch(_LOCK, roster_id))[0]


async def add_chunk(tx: Transaction, roster_id: UUID, position: int, sealed: bytes) -> None:
    """Keep a sealed piece of the file."""
    await tx.run(_ADD_CHUNK, roster_id, position, sealed)


async def find_chunk(tx: Transaction, roster_id: UUID, position: int) -> bytes:
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


async def refuse(tx: Transaction, roster_id: UUID, reason: str, facts: Mapping[str, str], *, keep_rows: bool) -> None:
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


async def accept(tx: Transaction, roster_id: UUID, accepted_by: str, moment: datetime) -> RosterState:
    """A second person has accepted the roster, which is read; gives its new state."""
    return RosterState(await tx.fetch_value(_ACCEPT, roster_id, accepted_by, moment))


async def advance(tx: Transaction, roster_id: UUID, registered_through: int) -> None:
    """All rows up to this one are registered."""
    await tx.run(_ADVANCE, roster_id, registered_through)


async def finish_registering(tx: Transaction, roster_id: UUID, moment: datetime) -> None:
    """Everybody is registered: destroy the roster's key and what it sealed. The rows' results stay."""
    await tx.run(_REGISTERED, roster_id, moment)
    await tx.run(_FORGET_CHUNKS, roster_id)
    await tx.run(_FORGET_BLOCKS, roster_id)


async def page(tx: Transaction, scope: AreaScope, content_sha256: str | None, query: PageQuery) -> list[Roster]:
    """Rosters within ``scope``, newest first."""
    statement = select(_ROSTER).where(_within(scope))
    if content_sha256 is not None:
        statement = statement.where(_ROSTER.c.content_sha256 == content_sha256)
    return records(Roster, (await tx.execute(NEWEST_FIRST.apply(statement, query))).mappings())


async def see(tx: Transaction, roster_id: UUID, scope: AreaScope) -> Roster | None:
    """A roster within ``scope``."""
    statement = select(_ROSTER).where(_ROSTER.c.roster_id == roster_id, _within(scope))
    row = (await tx.execute(statement)).mappings().first()
    return None if row is None else record(Roster, row)


def _within(scope: AreaScope) -> TextClause:
    """Whether all areas of a roster lie inside ``scope``; an empty scope holds nothing."""
    prefixes = bindparam("prefixes", scope.sql_prefixes(), type_=ARRAY(Text))
    return text(
        "NOT EXISTS (SELECT FROM unnest(roster.area_codes) AS area WHERE NOT area ^@ ANY(:prefixes))"
    ).bindparams(prefixes)
