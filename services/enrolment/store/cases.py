"""Cases: what a person has to look at, each once however often it is found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, not_, or_, select

from services.enrolment.rules.cases import CaseKind
from services.enrolment.tables import ReviewCase, Worker
from shared.access.areas import AreaScope
from shared.access.paging import Keyset, PageQuery
from shared.database import Transaction
from shared.messaging.outbox import UnitOfWork

_CASE: Final = ReviewCase.__table__  # type: ignore[attr-defined]
_WORKER: Final = Worker.__table__  # type: ignore[attr-defined]
NEWEST_FIRST: Final = Keyset((_CASE.c.opened_at, datetime), (_CASE.c.case_id, UUID), descending=True)
# Cases about no worker (a refused file) are for those who work for the whole province.
WHOLE_PROVINCE: Final = "64"
_OPEN = """
INSERT INTO review_case (case_id, kind, reference, worker_id, details, opened_at)
SELECT t.case_id, t.kind, t.reference, t.worker_id, t.details::jsonb, $6
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[])
    AS t(case_id, kind, reference, worker_id, details)
ON CONFLICT (kind, reference) DO NOTHING
"""
_CLOSE = "DELETE FROM review_case WHERE kind = $1 AND reference = ANY ($2::text[])"


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to open. ``reference`` says of what; ``details`` hold no personal data."""

    kind: CaseKind
    reference: str
    worker_id: UUID | None = None
    details: Mapping[str, str | int | None] = field(default_factory=dict)


async def open(uow: UnitOfWork, cases: Sequence[NewCase]) -> None:  # noqa: A001 - called store.cases.open
    """Open cases that are not open yet."""
    if not cases:
        return
    ordered = sorted(cases, key=lambda case: (case.kind, case.reference))
    await uow.run(
        _OPEN,
        [uow.ids.next() for _ in ordered],
        [case.kind for case in ordered],
        [case.reference for case in ordered],
        [case.worker_id for case in ordered],
        [json.dumps(dict(case.details)) for case in ordered],
        uow.moment,
    )


async def close(tx: Transaction, kind: str, references: Sequence[str]) -> None:
    """The cause is gone, and the cases with it. Harmless where there is none."""
    await tx.run(_CLOSE, kind, list(references))


async def page(tx: Transaction, scope: AreaScope, kind: str | None, query: PageQuery) -> list[Any]:
    """Cases within ``scope``, newest first."""
    visible: ColumnElement[bool] = exists().where(
        _WORKER.c.worker_id == _CASE.c.worker_id, scope.where(_WORKER.c.village_code)
    )
    if scope.allows(WHOLE_PROVINCE):
        visible = or_(visible, not_(exists().where(_WORKER.c.worker_id == _CASE.c.worker_id)))
    statement = select(_CASE).where(visible)
    if kind is not None:
        statement = statement.where(_CASE.c.kind == kind)
    return list((await tx.execute(NEWEST_FIRST.apply(statement, query))).all())
