"""The rows of rosters: staged blocks (sealed), results (open), and duplicates found as sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from asyncpg import Record

from services.enrolment.rules.states import RowStatus
from services.enrolment.tables import RosterBlock
from shared.database import Transaction

# The first row of a NIK stays, later ones and those of people who are registered already are refused. The rows are read
# once and come back to be written by their key, or by where they lie: there is no join that the planner, who may
# know nothing of this roster yet, could turn into one pass over the roster for each of its rows.
_REFUSE_DOUBLED = """
UPDATE roster_row SET status = 'refused', reason = 'duplicate'
WHERE ctid = ANY(ARRAY(
    SELECT d.place FROM (
        SELECT ctid AS place, row_number() OVER (PARTITION BY nik_token ORDER BY row_number) AS nth
        FROM roster_row WHERE roster_id = $1 AND status = 'accepted'
    ) AS d
    WHERE d.nth > 1
))
"""
_REFUSE_KNOWN = """
UPDATE roster_row AS r SET status = 'refused', reason = 'duplicate'
FROM person AS p
WHERE r.roster_id = $1 AND r.status = 'accepted' AND p.nik_token = r.nik_token
"""
_REFUSE_ROWS = """
UPDATE roster_row SET status = 'refused', reason = $3
WHERE roster_id = $1 AND row_number = ANY($2::int[]) AND status = 'accepted'
"""
_RECOUNT = """
UPDATE roster SET accepted_rows = accepted_rows - $2, refused_rows = refused_rows + $2 WHERE roster_id = $1
"""
_BLOCKS = """
SELECT first_row, last_row, sealed FROM roster_block
WHERE roster_id = $1 AND first_row > $2 ORDER BY first_row LIMIT $3
"""
_ACCEPTED = """
SELECT row_number FROM roster_row
WHERE roster_id = $1 AND row_number BETWEEN $2 AND $3 AND status = 'accepted'
"""
_BY_REASON = """
SELECT reason, count(*) AS rows FROM roster_row WHERE roster_id = $1 AND status = 'refused' GROUP BY reason
ORDER BY reason
"""
# The LIMITs let a row's worker be found by the whole key; a plain join has read the workers of the roster for each row.
_RESULTS = """
SELECT r.row_number, r.nik_tail, r.status, r.reason, r.notes, w.decision, d.reasons
FROM roster_row AS r
LEFT JOIN LATERAL (
    SELECT decision, decision_id FROM worker WHERE roster_id = r.roster_id AND row_number = r.row_number LIMIT 1
) AS w ON true
LEFT JOIN LATERAL (SELECT reasons FROM decision WHERE decision_id = w.decision_id LIMIT 1) AS d ON true
WHERE r.roster_id = $1 AND r.row_number > $2 ORDER BY r.row_number LIMIT $3
"""


class NewRow(NamedTuple):
    """The result of a row; its fields are columns. A million of them come with a roster, so it is no record."""

    roster_id: UUID
    row_number: int
    status: RowStatus
    reason: str | None
    notes: tuple[str, ...] | None
    nik_tail: str
    nik_token: bytes | None


async def add(tx: Transaction, rows: Sequence[NewRow], blocks: Sequence[RosterBlock]) -> None:
    """Add the results of rows and the sealed blocks of those that were accepted."""
    await tx.copy_rows("roster_row", NewRow._fields, rows)
    if blocks:
        await tx.copy_rows("roster_block", list(vars(blocks[0])), [tuple(vars(block).values()) for block in blocks])


async def refuse_duplicates(tx: Transaction, roster_id: UUID) -> int:
    """Refuse rows whose NIK stands in an earlier row or is registered; gives how many."""
    refused = _count(await tx.run(_REFUSE_DOUBLED, roster_id)) + _count(await tx.run(_REFUSE_KNOWN, roster_id))
    await tx.run(_RECOUNT, roster_id, refused)
    return refused


async def refuse(tx: Transaction, roster_id: UUID, row_numbers: Sequence[int], reason: str) -> None:
    """Refuse rows that were acceptable before."""
    if row_numbers:
        refused = _count(await tx.run(_REFUSE_ROWS, roster_id, list(row_numbers), reason))
        await tx.run(_RECOUNT, roster_id, refused)


async def find_blocks(tx: Transaction, roster_id: UUID, row_number: int, limit: int) -> list[Record]:
    """The next sealed blocks, in order."""
    return await tx.fetch(_BLOCKS, roster_id, row_number, limit)


async def find_accepted(tx: Transaction, roster_id: UUID, first_row: int, last_row: int) -> set[int]:
    """The numbers of the rows that are still acceptable."""
    return {row["row_number"] for row in await tx.fetch(_ACCEPTED, roster_id, first_row, last_row)}


async def count_refused(tx: Transaction, roster_id: UUID) -> dict[str, int]:
    """How many rows were refused for each reason."""
    return {row["reason"]: row["rows"] for row in await tx.fetch(_BY_REASON, roster_id)}


async def find_results(tx: Transaction, roster_id: UUID, row_number: int, limit: int) -> list[Record]:
    """What became of the rows after ``row_number``, with the decision once somebody is registered."""
    return await tx.fetch(_RESULTS, roster_id, row_number, limit)


def _count(tag: str) -> int:
    return int(tag.rsplit(" ", 1)[-1])
