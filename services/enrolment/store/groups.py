"""Groups at BPJS: who is in one, which list they went out on, and what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from shared.database import Transaction
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import not_set_aside

_GRANT = """
INSERT INTO subsidy_grant (grant_id, worker_id, group_id, first_month, last_month, granted_version)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[], $5::date[], $6::bigint[])
ON CONFLICT (grant_id) DO UPDATE
SET worker_id = excluded.worker_id, group_id = excluded.group_id, first_month = excluded.first_month,
    last_month = excluded.last_month, granted_version = excluded.granted_version
WHERE subsidy_grant.granted_version IS NULL OR subsidy_grant.granted_version < excluded.granted_version
"""
_END = """
INSERT INTO subsidy_grant (grant_id, worker_id, ended_version, ended_last_month, ended_reason)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::date[], $5::text[])
ON CONFLICT (grant_id) DO UPDATE
SET ended_version = excluded.ended_version, ended_last_month = excluded.ended_last_month,
    ended_reason = excluded.ended_reason
WHERE subsidy_grant.ended_version IS NULL OR subsidy_grant.ended_version < excluded.ended_version
"""
_GROUPS = "SELECT group_id, first_month, last_month FROM member_group WHERE group_id = ANY($1::uuid[])"
_PUT_GROUP = """
INSERT INTO member_group (group_id, decree_id, decree_number, programmes, income_band, first_month, last_month, lists)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
ON CONFLICT (group_id) DO UPDATE
SET first_month = least(member_group.first_month, excluded.first_month),
    last_month = greatest(member_group.last_month, excluded.last_month)
"""
_ADD_MEMBERS = """
INSERT INTO group_member (group_id, worker_id, state)
SELECT DISTINCT t.group_id, t.worker_id, 'waiting'
FROM unnest($1::uuid[], $2::uuid[]) AS t(group_id, worker_id)
JOIN worker AS w ON w.worker_id = t.worker_id AND w.decision = 'verified'
ON CONFLICT (group_id, worker_id) DO UPDATE SET state = 'waiting' WHERE group_member.state = 'withdrawn'
"""
_NOT_VERIFIED = """
SELECT DISTINCT t.worker_id FROM unnest($1::uuid[]) AS t(worker_id)
LEFT JOIN worker AS w ON w.worker_id = t.worker_id
WHERE w.worker_id IS NULL OR w.decision <> 'verified'
"""
_WAITING = f"""
SELECT g.* FROM member_group AS g
WHERE EXISTS (SELECT FROM group_member AS m WHERE m.group_id = g.group_id AND m.state = 'waiting')
    AND {not_set_aside("g.group_id", "$1", "$2")}
ORDER BY g.group_id FOR UPDATE
"""  # noqa: S608 - a condition of ours
# Only members whose grant is still in force on the month that the list begins with. OFFSET 0 makes PostgreSQL look up
# each member's grants by their key; as a join it has read all grants of a new group, unknown to it, for each member.
_CUT = """
UPDATE group_member AS m SET state = 'listed', list_number = $2
WHERE m.group_id = $1 AND m.worker_id = ANY(ARRAY(
    SELECT w.worker_id FROM group_member AS w
    WHERE w.group_id = $1 AND w.state = 'waiting' AND EXISTS (
        SELECT FROM subsidy_grant AS s
        WHERE s.group_id = w.group_id AND s.worker_id = w.worker_id AND s.last_month >= $3
            AND (s.ended_version IS NULL OR s.ended_last_month >= $3)
        OFFSET 0
    )
    ORDER BY w.worker_id LIMIT $4
))
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
_ADD_LIST = """
INSERT INTO group_list (group_id, list_number, state, first_month, rows, cut_at) VALUES ($1, $2, 'cut', $3, $4, $5)
"""
_COUNT_LIST = "UPDATE member_group SET lists = $2 WHERE group_id = $1"
_UNWRITTEN = f"""
SELECT l.group_id, l.list_number, l.first_month, g.programmes, g.income_band
FROM group_list AS l JOIN member_group AS g USING (group_id)
WHERE l.state = 'cut' AND {not_set_aside("(l.group_id || '/' || l.list_number)", "$1", "$2")}
ORDER BY l.cut_at, l.group_id, l.list_number LIMIT 1 FOR UPDATE OF l SKIP LOCKED
"""  # noqa: S608 - a condition of ours
_LISTED = """
SELECT w.worker_id, w.region_code, w.occupation_code, p.kek_id, p.wrapped_key, p.profile
FROM group_member AS m
JOIN worker AS w ON w.worker_id = m.worker_id
JOIN person AS p ON p.worker_id = m.worker_id
WHERE m.group_id = $1 AND m.list_number = $2 ORDER BY m.worker_id
"""
_WRITTEN = "UPDATE group_list SET state = 'written', written_at = $3 WHERE group_id = $1 AND list_number = $2"
_LIST = "SELECT first_month FROM group_list WHERE group_id = $1 AND list_number = $2"
_PROGRAMMES = "SELECT programmes FROM member_group WHERE group_id = $1"
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


@dataclass(frozen=True, slots=True)
class GroupTerms:
    """What a decree says of its group."""

    group_id: UUID
    decree_id: UUID
    decree_number: str
    programmes: Sequence[str]
    income_band: int
    first_month: date
    last_month: date


async def put_grants(tx: Transaction, grants: Sequence[tuple[Any, ...]]) -> None:
    """Note grants: (grant, worker, group, first month, last month, version), each grant once; newer versions hold."""
    await tx.run(_GRANT, *(list(column) for column in zip(*grants, strict=True)))


async def end_grants(tx: Transaction, ends: Sequence[tuple[Any, ...]]) -> None:
    """Note ends: (grant, worker, version, last month, reason), each grant once; newer versions hold."""
    await tx.run(_END, *(list(column) for column in zip(*ends, strict=True)))


async def put_groups(tx: Transaction, terms: Sequence[GroupTerms]) -> None:
    """Note groups. A row is only touched when it is new or its months widen: batches side by side share groups."""
    known = {row["group_id"]: row for row in await tx.fetch(_GROUPS, [group.group_id for group in terms])}
    for group in sorted(terms, key=lambda group: group.group_id):
        row = known.get(group.group_id)
        if row and row["first_month"] <= group.first_month and group.last_month <= row["last_month"]:
            continue
        months = (group.first_month, group.last_month)
        named = (group.group_id, group.decree_id, group.decree_number, list(group.programmes), group.income_band)
        await tx.run(_PUT_GROUP, *named, *months)


async def add_members(tx: Transaction, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Put verified workers into groups: (group, worker); whoever had been withdrawn waits again."""
    ordered = sorted(set(pairs))
    await tx.run(_ADD_MEMBERS, [pair[0] for pair in ordered], [pair[1] for pair in ordered])


async def not_verified(tx: Transaction, worker_ids: Sequence[UUID]) -> list[UUID]:
    """Those of these workers who are unknown or not verified."""
    return [row["worker_id"] for row in await tx.fetch(_NOT_VERIFIED, list(worker_ids))]


async def waiting_groups(uow: UnitOfWork, job: str) -> list[Record]:
    """Groups with members who wait for a list and that ``job`` has not set aside, locked."""
    return await uow.fetch(_WAITING, job, uow.moment)


async def cut_list(tx: Transaction, group: Record, first_month: date, limit: int, moment: datetime) -> int:
    """Put up to ``limit`` waiting members on the group's next list; gives how many."""
    number = group["lists"] + 1
    tag = await tx.run(_CUT, group["group_id"], number, first_month, limit)
    rows = int(tag.rsplit(" ", 1)[-1])
    if rows:
        await tx.run(_ADD_LIST, group["group_id"], number, first_month, rows, moment)
        await tx.run(_COUNT_LIST, group["group_id"], number)
    return rows


async def withdraw_members(tx: Transaction, group_id: UUID, first_month: date, limit: int) -> None:
    """Let members who wait no longer wait when no grant reaches ``first_month``; a further grant lets them again."""
    ungranted = [row["worker_id"] for row in await tx.fetch(_UNGRANTED, group_id, first_month, limit)]
    if ungranted:
        await tx.run(_WITHDRAW, group_id, first_month, ungranted)


async def take_unwritten_list(uow: UnitOfWork, job: str) -> Record | None:
    """The oldest list that is cut, not written and not set aside by ``job``, locked."""
    rows = await uow.fetch(_UNWRITTEN, job, uow.moment)
    return rows[0] if rows else None


async def listed_people(tx: Transaction, group_id: UUID, list_number: int) -> list[Record]:
    """The people on a list with their sealed profiles, in a fixed order."""
    return await tx.fetch(_LISTED, group_id, list_number)


async def mark_written(tx: Transaction, group_id: UUID, list_number: int, moment: datetime) -> None:
    """The list lies in the exchange folder."""
    await tx.run(_WRITTEN, group_id, list_number, moment)


async def list_first_month(tx: Transaction, group_id: UUID, list_number: int) -> date | None:
    """The first month of a list; None if there is none. It may be answered before its writer has committed."""
    found: date | None = await tx.fetch_value(_LIST, group_id, list_number)
    return found


async def programmes_of(tx: Transaction, group_id: UUID) -> list[str]:
    """The insurance programmes of a group."""
    return list(await tx.fetch_value(_PROGRAMMES, group_id))


async def lock_members(tx: Transaction, group_id: UUID, list_number: int, worker_ids: Sequence[UUID]) -> list[Record]:
    """Those of these workers who are on the list, locked, with what an answer needs to know."""
    return await tx.fetch(_MEMBERS, group_id, list_number, list(worker_ids))


async def note_answers(
    tx: Transaction, group_id: UUID, answers: Sequence[tuple[UUID, str, str | None, int | None, int | None]], day: date
) -> None:
    """Note where members stand: (worker, state, reason of a refusal, part that accepts, part that refuses)."""
    await tx.run(_ANSWER, group_id, *(list(column) for column in zip(*answers, strict=True)), day)
