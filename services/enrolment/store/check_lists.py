"""Check lists: who is deceased, who is a wage worker, as tokens that only the index key can make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shared.database import Transaction

_ADD_LIST = """
INSERT INTO check_list (check_list_id, kind, rows, refused_rows, added, uploaded_by, uploaded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_ADD_TOKENS = """
INSERT INTO check_token (kind, token, check_list_id) SELECT DISTINCT $1, t, $3::uuid FROM unnest($2::bytea[]) AS t
ORDER BY t
ON CONFLICT (kind, token) DO NOTHING
"""
# One key for all check lists: nobody else uses the pair of numbers.
_LOCK = "SELECT pg_advisory_xact_lock(20, 1)"
_LOCK_SHARED = "SELECT pg_advisory_xact_lock_shared(20, 1)"
_HITS = "SELECT kind, token FROM check_token WHERE token = ANY($1::bytea[])"
# People who were decided before the list came.
_PEOPLE = """
SELECT p.worker_id FROM check_token AS c JOIN person AS p ON p.nik_token = c.token
JOIN worker AS w ON w.worker_id = p.worker_id
WHERE c.check_list_id = $1 AND w.decision = 'verified' ORDER BY p.worker_id
"""


async def lock_lists(tx: Transaction) -> None:
    """Let nobody add to check lists, or be decided by them, until this transaction ends."""
    await tx.run(_LOCK)


async def hold_lists(tx: Transaction) -> None:
    """Keep check lists as they are until this transaction ends: whoever is decided now meets every list, or is met."""
    await tx.run(_LOCK_SHARED)


async def add_tokens(tx: Transaction, kind: str, tokens: Sequence[bytes], check_list_id: UUID) -> int:
    """Add tokens; gives how many were new."""
    tag = await tx.run(_ADD_TOKENS, kind, list(tokens), check_list_id)
    return int(tag.rsplit(" ", 1)[-1])


async def add_list(
    tx: Transaction, check_list_id: UUID, kind: str, rows: int, refused: int, added: int, by: str, moment: datetime
) -> None:
    """Note who uploaded what."""
    await tx.run(_ADD_LIST, check_list_id, kind, rows, refused, added, by, moment)


async def hits(tx: Transaction, tokens: Sequence[bytes]) -> list[Record]:
    """The (kind, token) pairs that are on a list."""
    return await tx.fetch(_HITS, list(tokens))


async def verified_people_on(tx: Transaction, check_list_id: UUID) -> list[UUID]:
    """Verified workers whom this list is the first to name."""
    return [row["worker_id"] for row in await tx.fetch(_PEOPLE, check_list_id)]
