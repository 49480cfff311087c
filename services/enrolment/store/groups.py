"""Groups at BPJS: the terms under which it bills a decree's workers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.enrolment.tables import MemberGroup
from shared.database import Transaction
from shared.database.records import columns, records
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import not_set_aside

_GROUPS = "SELECT group_id, first_month, last_month FROM member_group WHERE group_id = ANY($1::uuid[])"
_PUT_GROUP = f"""
INSERT INTO member_group ({columns(MemberGroup)}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (group_id) DO UPDATE
SET first_month = least(member_group.first_month, excluded.first_month),
    last_month = greatest(member_group.last_month, excluded.last_month)
"""  # noqa: S608 - columns of our own table
_WAITING = f"""
SELECT {columns(MemberGroup, alias="g")} FROM member_group AS g
WHERE EXISTS (SELECT FROM group_member AS m WHERE m.group_id = g.group_id AND m.state = 'waiting')
    AND {not_set_aside("g.group_id", "$1", "$2")}
ORDER BY g.group_id FOR UPDATE
"""  # noqa: S608 - a condition of ours
_PROGRAMMES = "SELECT programmes FROM member_group WHERE group_id = $1"


async def put(tx: Transaction, groups: Sequence[MemberGroup]) -> None:
    """Note groups. A row is only touched when it is new or its months widen: batches side by side share groups."""
    stored = {row["group_id"]: row for row in await tx.fetch(_GROUPS, [group.group_id for group in groups])}
    for group in sorted(groups, key=lambda group: group.group_id):
        row = stored.get(group.group_id)
        if row is None or group.first_month < row["first_month"] or row["last_month"] < group.last_month:
            await tx.run(_PUT_GROUP, *vars(group).values())


async def lock_waiting(uow: UnitOfWork, job: str) -> list[MemberGroup]:
    """Groups with members who wait for a list and that ``job`` has not set aside, locked."""
    return records(MemberGroup, await uow.fetch(_WAITING, job, uow.moment))


async def find_programmes(tx: Transaction, group_id: UUID) -> list[str]:
    """The insurance programmes of a group."""
    return list(await tx.fetch_value(_PROGRAMMES, group_id))
