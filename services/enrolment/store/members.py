"""The members of groups: who waits for a list, who is on one, and what BPJS has answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from asyncpg import Record

from services.enrolment.rules.states import MemberState
from shared.database import Transaction
from shared.periods import Month

_ADD_MEMBERS = """
INSERT INTO group_member (group_id, worker_id, state)
SELECT DISTINCT t.group_id, t.worker_id, 'waiting'
FROM unnest($1::uuid[], $2::uuid[]) AS t(group_id, worker_id)
JOIN worker AS w ON w.worker_id = t.worker_id AND w.decision = 'verified'
ON CONFLICT (group_id, worker_id) DO UPDATE SET state = 'waiting' WHERE group_member.state = 'withdrawn'
"""
# Two statements: what a grant's handler holds locked is looked at again once it has committed.
_UNGRANTED = """
SELECT w.worker_id FROM group_member AS w
WHERE w.group_id = $1 AND w.state = 'waiting' AND NOT EXISTS (
    SELECT FROM subsidy_grant AS s
    WHERE s.group_id = w.group_id AND s.worker_id = w.worker_id AND s.last_month >= $2
        AND (s.ended_version IS NULL OR s.ended_last_month >= $2)
    OFFSET 0
)
ORDER BY w.worker_id LIMIT $3 FOR UPDATE OF w
"""
_WITHDRAW = """
UPDATE group_member AS w SET state = 'withdrawn'
WHERE w.group_id = $1 AND w.worker_id = ANY($3::uuid[]) AND w.state = 'waiting' AND NOT EXISTS (
    SELECT FROM subsidy_grant AS s
    WHERE s.group_id = w.group_id AND s.worker_id = w.worker_id AND s.last_month >= $2
        AND (s.ended_version IS NULL OR s.ended_last_month >= $2)
    OFFSET 0
)
"""
_MEMBERS = """
SELECT m.worker_id, m.state, m.refusal_reason, m.accepted_part, m.refused_part, w.status, w.version,
    w.enrolment_number, w.region_code, w.occupation_code, w.participant_kind, p.kek_id, p.wrapped_key, p.kpj_token,
    (SELECT max(e.ended_on) FROM enrolment AS e WHERE e.worker_id = m.worker_id) AS ended_on
FROM group_member AS m
JOIN worker AS w ON w.worker_id = m.worker_id
JOIN person AS p ON p.worker_id = m.worker_id
WHERE m.group_id = $1 AND m.list_number = $2 AND m.worker_id = ANY($3::uuid[])
ORDER BY m.worker_id FOR UPDATE OF m, w
"""
_ANSWER = """
UPDATE group_member AS m
SET state = t.state, refusal_reason = t.reason, accepted_part = t.accepted_part, refused_part = t.refused_part,
    answered_on = $7
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::int[], $6::int[])
    AS t(worker_id, state, reason, accepted_part, refused_part)
WHERE m.group_id = $1 AND m.worker_id = t.worker_id
"""


class Answered(NamedTuple):
    """Where a member stands: the reason of a refusal, the part of the answer that accepts and the one that refuses."""

    worker_id: UUID
    state: MemberState
    reason: str | None
    accepted_part: int | None
    refused_part: int | None


async def add(tx: Transaction, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Put verified workers into groups: (group, worker); whoever had been withdrawn waits again."""
    ordered = sorted(set(pairs))
    await tx.run(_ADD_MEMBERS, [pair[0] for pair in ordered], [pair[1] for pair in ordered])


async def withdraw(tx: Transaction, group_id: UUID, first_month: Month, limit: int) -> None:
    """Let members who wait no longer wait when no grant reaches ``first_month``; a further grant lets them again."""
    ungranted = [row["worker_id"] for row in await tx.fetch(_UNGRANTED, group_id, str(first_month), limit)]
    if ungranted:
        await tx.run(_WITHDRAW, group_id, str(first_month), ungranted)


async def lock(tx: Transaction, group_id: UUID, list_number: int, worker_ids: Sequence[UUID]) -> list[Record]:
    """Those of these workers who are on the list, locked, with what an answer needs to know."""
    return await tx.fetch(_MEMBERS, group_id, list_number, list(worker_ids))


async def note_answers(tx: Transaction, group_id: UUID, answers: Sequence[Answered], day: date) -> None:
    """Note where members stand since ``day``."""
    await tx.run(_ANSWER, group_id, *(list(column) for column in zip(*answers, strict=True)), day)
