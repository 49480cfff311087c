"""Cases: what a person has to look at, each once however often it is found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.enrolment.rules.cases import CaseKind
from shared.database import Transaction
from shared.messaging.outbox import UnitOfWork

_OPEN = """
INSERT INTO review_case (case_id, kind, reference, worker_id, details, opened_at)
SELECT t.case_id, t.kind, t.reference, t.worker_id, t.details::jsonb, $6
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[])
    AS t(case_id, kind, reference, worker_id, details)
ON CONFLICT (kind, reference) DO NOTHING
"""
_CLOSE = "DELETE FROM review_case WHERE kind = $1 AND reference = ANY ($2::text[])"
_COUNT = "SELECT count(*) FROM review_case"


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to open. ``reference`` says of what; ``details`` hold no personal data."""

    kind: CaseKind
    reference: str
    worker_id: UUID | None = None
    details: Mapping[str, str | int | None] = field(default_factory=dict)


async def open_cases(uow: UnitOfWork, cases: Sequence[NewCase]) -> None:
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


async def close_cases(tx: Transaction, kind: str, references: Sequence[str]) -> None:
    """The cause is gone, and the cases with it. Harmless where there is none."""
    await tx.run(_CLOSE, kind, list(references))


async def count_cases(tx: Transaction) -> int:
    """How many cases there are."""
    return int(await tx.fetch_value(_COUNT))
