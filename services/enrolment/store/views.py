"""What people look at: rosters, workers, cases and the summary, always within the areas that they work for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, TextClause, bindparam, exists, not_, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import SQLModel

from services.enrolment.store import Row
from services.enrolment.tables import Decision, Person, ReviewCase, Roster, Worker
from shared.access.areas import AreaScope
from shared.access.paging import Keyset, PageQuery
from shared.database import Transaction

_ROSTER, _WORKER, _PERSON, _DECISION, _CASE = (
    SQLModel.metadata.tables[model.__tablename__] for model in (Roster, Worker, Person, Decision, ReviewCase)
)
ROSTER_ORDER: Final = Keyset((_ROSTER.c.uploaded_at, datetime), (_ROSTER.c.roster_id, UUID), descending=True)
WORKER_ORDER: Final = Keyset((_WORKER.c.worker_id, UUID))
CASE_ORDER: Final = Keyset((_CASE.c.opened_at, datetime), (_CASE.c.case_id, UUID), descending=True)
# Cases about no worker (a refused file) are for those who work for the whole province.
WHOLE_PROGRAMME: Final = "64"

_WORKER_COUNTS = """
SELECT count(*) AS registered,
    count(*) FILTER (WHERE decision = 'verified') AS verified,
    count(*) FILTER (WHERE decision = 'rejected') AS rejected,
    count(*) FILTER (WHERE status = 'enrolled') AS enrolled,
    count(*) FILTER (WHERE status = 'lapsing') AS lapsing,
    count(*) FILTER (WHERE status = 'lapsed') AS lapsed,
    count(*) FILTER (WHERE status = 'exited') AS exited
FROM worker WHERE village_code ^@ ANY($1::text[])
"""
_REJECTED = """
SELECT reason, count(*) AS people
FROM worker AS w JOIN decision AS d ON d.decision_id = w.decision_id CROSS JOIN unnest(d.reasons) AS reason
WHERE w.decision = 'rejected' AND w.village_code ^@ ANY($1::text[]) GROUP BY reason ORDER BY reason
"""
_MEMBER_COUNTS = """
SELECT count(*) FILTER (WHERE m.state IN ('waiting', 'listed')) AS waiting,
    count(*) FILTER (WHERE m.state = 'refused') AS refused
FROM group_member AS m JOIN worker AS w ON w.worker_id = m.worker_id WHERE w.village_code ^@ ANY($1::text[])
"""
_COVER_COUNTS = """
SELECT count(*) FILTER (WHERE c.due_rupiah IS NOT NULL) AS due,
    count(*) FILTER (WHERE c.paid_rupiah >= c.due_rupiah) AS paid
FROM cover_line AS c JOIN worker AS w ON w.worker_id = c.worker_id WHERE w.village_code ^@ ANY($1::text[])
"""
_UNFUNDED_COUNT = """
SELECT count(*) FROM cover_unfunded AS u JOIN worker AS w ON w.worker_id = u.worker_id
WHERE w.village_code ^@ ANY($1::text[]) AND NOT EXISTS (
    SELECT FROM cover_line AS c
    WHERE c.worker_id = u.worker_id AND c.month = u.month AND c.due_rupiah IS NOT NULL
)
"""
_ROSTER_COUNTS = """
SELECT coalesce(sum(rows), 0) AS rows, coalesce(sum(accepted_rows), 0) AS accepted,
    coalesce(sum(refused_rows), 0) AS refused, count(*) FILTER (WHERE state = 'read') AS waiting
FROM roster WHERE NOT EXISTS (SELECT FROM unnest(area_codes) AS area WHERE NOT area ^@ ANY($1::text[]))
"""
_REFUSED_ROWS = """
SELECT r.reason, count(*) AS rows FROM roster_row AS r JOIN roster AS f ON f.roster_id = r.roster_id
WHERE r.status = 'refused'
AND NOT EXISTS (SELECT FROM unnest(f.area_codes) AS area WHERE NOT area ^@ ANY($1::text[]))
GROUP BY r.reason ORDER BY r.reason
"""
_CASE_COUNT = """
SELECT count(*) FROM review_case AS c LEFT JOIN worker AS w ON w.worker_id = c.worker_id
WHERE w.village_code ^@ ANY($1::text[]) OR (w.worker_id IS NULL AND $2)
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts within an area."""

    workers: Row
    rejected_by_reason: dict[str, int]
    members: Row
    cover: Row
    unfunded: int
    rosters: Row
    refused_by_reason: dict[str, int]
    cases: int


async def summary(tx: Transaction, scope: AreaScope) -> Summary:
    """The counts of ``scope``."""
    prefixes = scope.sql_prefixes()
    return Summary(
        workers=(await tx.fetch(_WORKER_COUNTS, prefixes))[0],
        rejected_by_reason={row["reason"]: row["people"] for row in await tx.fetch(_REJECTED, prefixes)},
        members=(await tx.fetch(_MEMBER_COUNTS, prefixes))[0],
        cover=(await tx.fetch(_COVER_COUNTS, prefixes))[0],
        unfunded=int(await tx.fetch_value(_UNFUNDED_COUNT, prefixes)),
        rosters=(await tx.fetch(_ROSTER_COUNTS, prefixes))[0],
        refused_by_reason={row["reason"]: row["rows"] for row in await tx.fetch(_REFUSED_ROWS, prefixes)},
        cases=int(await tx.fetch_value(_CASE_COUNT, prefixes, scope.allows(WHOLE_PROGRAMME))),
    )


async def rosters_page(tx: Transaction, scope: AreaScope, content_sha256: str | None, query: PageQuery) -> list[Any]:
    """Rosters within ``scope``, newest first."""
    statement = select(_ROSTER).where(_within(scope))
    if content_sha256 is not None:
        statement = statement.where(_ROSTER.c.content_sha256 == content_sha256)
    return list((await tx.execute(ROSTER_ORDER.apply(statement, query))).all())


async def see_roster(tx: Transaction, roster_id: UUID, scope: AreaScope) -> Any | None:
    """A roster within ``scope``."""
    statement = select(_ROSTER).where(_ROSTER.c.roster_id == roster_id, _within(scope))
    return (await tx.execute(statement)).first()


async def workers_page(tx: Transaction, scope: AreaScope, status: str | None, query: PageQuery) -> list[Any]:
    """Workers within ``scope``, in order of registration."""
    statement = _workers().where(scope.where(_WORKER.c.village_code))
    if status is not None:
        statement = statement.where(_WORKER.c.status == status)
    return list((await tx.execute(WORKER_ORDER.apply(statement, query))).all())


async def see_worker(tx: Transaction, worker_id: UUID, scope: AreaScope) -> Any | None:
    """A worker within ``scope``."""
    statement = _workers().where(_WORKER.c.worker_id == worker_id, scope.where(_WORKER.c.village_code))
    return (await tx.execute(statement)).first()


async def cases_page(tx: Transaction, scope: AreaScope, kind: str | None, query: PageQuery) -> list[Any]:
    """Cases within ``scope``, newest first."""
    visible: ColumnElement[bool] = exists().where(
        _WORKER.c.worker_id == _CASE.c.worker_id, scope.where(_WORKER.c.village_code)
    )
    if scope.allows(WHOLE_PROGRAMME):
        visible = or_(visible, not_(exists().where(_WORKER.c.worker_id == _CASE.c.worker_id)))
    statement = select(_CASE).where(visible)
    if kind is not None:
        statement = statement.where(_CASE.c.kind == kind)
    return list((await tx.execute(CASE_ORDER.apply(statement, query))).all())


def _workers() -> Select[Any]:
    decided = (_DECISION.c.reasons, _DECISION.c.kind, _DECISION.c.rules_version, _DECISION.c.decided_on)
    sealed = (_PERSON.c.kek_id, _PERSON.c.wrapped_key, _PERSON.c.profile)
    return (
        select(_WORKER, *decided, *sealed)
        .join(_DECISION, _DECISION.c.decision_id == _WORKER.c.decision_id)
        .join(_PERSON, _PERSON.c.worker_id == _WORKER.c.worker_id)
    )


def _within(scope: AreaScope) -> TextClause:
    """Whether all areas of a roster lie inside ``scope``; an empty scope holds nothing."""
    prefixes = bindparam("prefixes", scope.sql_prefixes(), type_=ARRAY(Text))
    return text(
        "NOT EXISTS (SELECT FROM unnest(roster.area_codes) AS area WHERE NOT area ^@ ANY(:prefixes))"
    ).bindparams(prefixes)
