"""What subsidy knows of workers from events: each facet keeps its newest version, so order does not matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from shared.database import Transaction


class WorkerFact(NamedTuple):
    """What one event says of a worker. A facet that it does not speak of has version 0."""

    worker_id: UUID
    region_code: str | None = None
    occupation_code: str | None = None
    place_version: int = 0
    participant_kind: str | None = None
    kind_version: int = 0
    decision: str | None = None
    decision_version: int = 0
    enrolment_number: int | None = None
    cover_from: str | None = None
    enrolled_version: int = 0
    lapsed_version: int = 0
    last_covered_month: str | None = None
    exited_version: int = 0
    employed_from: str | None = None
    employed_until: str | None = None
    employed_version: int = 0


# By the version that counts a facet, its columns: they keep what the newest version says.
_FACETS: Mapping[str, Sequence[str]] = {
    "place_version": ("region_code", "occupation_code"),
    "kind_version": ("participant_kind",),
    "decision_version": ("decision",),
    "enrolled_version": ("enrolment_number", "cover_from"),
    "lapsed_version": (),
    "exited_version": ("last_covered_month",),
    "employed_version": ("employed_from", "employed_until"),
}
_NEWEST = [
    f"{column} = CASE WHEN excluded.{version} > old.{version} THEN excluded.{column} ELSE old.{column} END"
    for version, facet in _FACETS.items()
    for column in facet
] + [f"{version} = greatest(excluded.{version}, old.{version})" for version in _FACETS]
_APPLY = f"""
INSERT INTO worker_view AS old ({", ".join(WorkerFact._fields)})
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::text[],
    $8::bigint[], $9::int[], $10::text[], $11::bigint[], $12::bigint[], $13::text[], $14::bigint[], $15::text[],
    $16::text[], $17::bigint[])
ON CONFLICT (worker_id) DO UPDATE SET {", ".join(_NEWEST)}
"""  # noqa: S608 - columns of our own
_QUEUE = "INSERT INTO changed_worker SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING"
_QUEUE_GRANTED = """
INSERT INTO changed_worker
SELECT DISTINCT changed FROM unnest($1::uuid[]) changed
WHERE EXISTS (SELECT 1 FROM subsidy_grant WHERE worker_id = changed) ORDER BY changed
ON CONFLICT DO NOTHING
"""
# An array is made once; as a join, a queue that was just filled was read once more for each of its workers.
_TAKE = """
DELETE FROM changed_worker WHERE worker_id = ANY (ARRAY (
    SELECT worker_id FROM changed_worker ORDER BY worker_id LIMIT $1 FOR UPDATE SKIP LOCKED
)) RETURNING worker_id
"""


async def apply(tx: Transaction, facts: Iterable[WorkerFact]) -> list[UUID]:
    """Take in facts, at most one a worker. Gives the workers; in order of id, so that batches cannot deadlock."""
    ordered = sorted(facts)
    if ordered:
        await tx.run(_APPLY, *(list(column) for column in zip(*ordered, strict=True)))
    return [fact.worker_id for fact in ordered]


async def queue(tx: Transaction, worker_ids: Sequence[UUID]) -> None:
    """Let open runs look at these workers again. ``worker_ids`` in order."""
    await tx.run(_QUEUE, worker_ids)


async def queue_granted(tx: Transaction, worker_ids: Sequence[UUID]) -> None:
    """The same for those of them that have a grant."""
    await tx.run(_QUEUE_GRANTED, worker_ids)


async def take_queued(tx: Transaction, limit: int) -> list[UUID]:
    """Take up to ``limit`` workers out of the queue; they come back if the transaction is rolled back."""
    return sorted(row["worker_id"] for row in await tx.fetch(_TAKE, limit))
