"""Lists of members as they go to BPJS: cut from who waits, then written into the exchange folder."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.enrolment.tables import MemberGroup
from shared.database import Transaction
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month
from shared.service.jobs import not_set_aside

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


async def cut(uow: UnitOfWork, group: MemberGroup, first_month: Month, limit: int) -> None:
    """Put up to ``limit`` waiting members on the group's next list, which begins with ``first_month``."""
    number, month = group.lists + 1, str(first_month)
    tag = await uow.run(_CUT, group.group_id, number, month, limit)
    rows = int(tag.rsplit(" ", 1)[-1])
    if rows:
        await uow.run(_ADD_LIST, group.group_id, number, month, rows, uow.moment)
        await uow.run(_COUNT_LIST, group.group_id, number)


async def take_unwritten(uow: UnitOfWork, job: str) -> Record | None:
    """The oldest list that is cut, not written and not set aside by ``job``, locked."""
    rows = await uow.fetch(_UNWRITTEN, job, uow.moment)
    return rows[0] if rows else None


async def find_people(tx: Transaction, group_id: UUID, list_number: int) -> list[Record]:
    """The people on a list with their sealed profiles, in a fixed order."""
    return await tx.fetch(_LISTED, group_id, list_number)


async def mark_written(tx: Transaction, group_id: UUID, list_number: int, moment: datetime) -> None:
    """The list lies in the exchange folder."""
    await tx.run(_WRITTEN, group_id, list_number, moment)


async def find_first_month(tx: Transaction, group_id: UUID, list_number: int) -> Month | None:
    """The first month of a list; None if there is none. It may be answered before its writer has committed."""
    first_month: str | None = await tx.fetch_value(_LIST, group_id, list_number)
    return Month.parse(first_month) if first_month is not None else None
