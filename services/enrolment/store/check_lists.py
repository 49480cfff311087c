"""Check lists: who is deceased, who is a wage worker, as tokens that only the index key can make."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.enrolment.tables import CheckList
from shared.database import Transaction
from shared.database.records import columns

_ADD_LIST = f"INSERT INTO check_list ({columns(CheckList)}) VALUES ($1, $2, $3, $4, $5, $6, $7)"  # noqa: S608 - our columns
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


async def lock(tx: Transaction) -> None:
    """Let nobody add to check lists, or be decided by them, until this transaction ends."""
    await tx.run(_LOCK)


async def hold(tx: Transaction) -> None:
    """Keep check lists as they are until this transaction ends: whoever is decided now meets every list, or is met."""
    await tx.run(_LOCK_SHARED)


async def add_tokens(tx: Transaction, kind: str, tokens: Sequence[bytes], check_list_id: UUID) -> int:
    """Add tokens; gives how many were new."""
    tag = await tx.run(_ADD_TOKENS, kind, list(tokens), check_list_id)
    return int(tag.rsplit(" ", 1)[-1])


async def add(tx: Transaction, check_list: CheckList) -> None:
    """Note who uploaded what."""
    await tx.run(_ADD_LIST, *vars(check_list).values())


async def find_kinds(tx: Transaction, tokens: Sequence[bytes]) -> dict[bytes, set[str]]:
    """The kinds of the lists that name a NIK, by its token, for those that are named at all."""
    kinds_by_token: dict[bytes, set[str]] = {}
    for row in await tx.fetch(_HITS, list(tokens)):
        kinds_by_token.setdefault(bytes(row["token"]), set()).add(row["kind"])
    return kinds_by_token


async def find_verified_people(tx: Transaction, check_list_id: UUID) -> list[UUID]:
    """Verified workers whom this list is the first to name."""
    return [row["worker_id"] for row in await tx.fetch(_PEOPLE, check_list_id)]
