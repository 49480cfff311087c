"""Cases: what a person has to look at. A kind and a subject have one case, which closes when the cause is gone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, update

from services.subsidy.rules.cases import CaseKind
from services.subsidy.tables import Case
from shared.access.areas import AreaScope
from shared.access.paging import Keyset, PageQuery
from shared.database import Transaction
from shared.database.records import records
from shared.messaging.outbox import UnitOfWork

_OPEN = """
INSERT INTO subsidy_case AS old (case_id, kind, subject, region_code, details, opened_at)
SELECT id, $2, subject, region, details::jsonb, $6
FROM unnest($1::uuid[], $3::text[], $4::text[], $5::text[]) new (id, subject, region, details)
ORDER BY subject
ON CONFLICT (kind, subject) DO UPDATE SET details = excluded.details, closed_at = NULL, opened_at = excluded.opened_at
WHERE old.closed_at IS NOT NULL OR old.details <> excluded.details
"""
_CLOSE = """
UPDATE subsidy_case SET closed_at = $3 WHERE kind = $1 AND subject = ANY ($2::text[]) AND closed_at IS NULL
"""


class NewCase(NamedTuple):
    """A case to open: what it is about (identifiers only), whose area it is in, and facts without personal data."""

    subject: str
    region_code: str
    details: Mapping[str, int | str]


async def open(uow: UnitOfWork, kind: CaseKind, cases: Sequence[NewCase]) -> None:  # noqa: A001 - store.cases.open
    """Open them; one that is open already stays, one that was closed opens again."""
    if not cases:
        return
    await uow.run(
        _OPEN,
        [uow.ids.next() for _ in cases],
        kind,
        [case.subject for case in cases],
        [case.region_code for case in cases],
        [json.dumps(dict(case.details), sort_keys=True) for case in cases],
        uow.moment,
    )


async def close(uow: UnitOfWork, kind: CaseKind, subjects: Sequence[str]) -> None:
    """The cause is gone. Harmless where no such case is open."""
    await uow.run(_CLOSE, kind, list(subjects), uow.moment)


_TABLE: Any = Case.__table__  # type: ignore[attr-defined]
NEWEST_FIRST = Keyset((_TABLE.c.opened_at, datetime), (_TABLE.c.case_id, UUID), descending=True)


async def page(
    tx: Transaction, areas: AreaScope, query: PageQuery, *, kind: str | None, is_open: bool | None
) -> list[Case]:
    """The cases of a page in ``areas`` and one more, newest first."""
    statement = select(_TABLE).where(areas.where(_TABLE.c.region_code))
    if kind is not None:
        statement = statement.where(_TABLE.c.kind == kind)
    if is_open is not None:
        closed = _TABLE.c.closed_at
        statement = statement.where(closed.is_(None) if is_open else closed.is_not(None))
    return _cases(await tx.execute(NEWEST_FIRST.apply(statement, query)))


async def lock(tx: Transaction, case_id: UUID, areas: AreaScope) -> Case | None:
    """Lock a case; None if there is none in ``areas``."""
    statement = select(_TABLE).where(_TABLE.c.case_id == case_id, areas.where(_TABLE.c.region_code))
    return next(iter(_cases(await tx.execute(statement.with_for_update()))), None)


async def close_one(uow: UnitOfWork, case_id: UUID) -> Case:
    """A person has closed it. Gives it as it is now."""
    statement = update(_TABLE).where(_TABLE.c.case_id == case_id).values(closed_at=uow.moment)
    return _cases(await uow.execute(statement.returning(_TABLE)))[0]


def _cases(rows: Iterable[Any]) -> list[Case]:
    return records(Case, (row._mapping for row in rows))
