"""Decrees, the workers that they name, and the grants that follow. The list of a decree never changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.subsidy.rules.decree import DecreeTerms
from shared.database import Transaction
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month
from shared.service.jobs import not_set_aside

# Verified, not left since, not a wage worker, of the kind that the programme pays for, and (unless asked for) not
# promised the same months by any decree before. Oldest registration first: identifiers grow with time.
_SELECTED = """
SELECT worker_id, region_code, occupation_code FROM worker_view w
WHERE decision = 'verified' AND region_code ^@ ANY ($1::text[]) AND participant_kind = 'bpu'
AND decision_version > exited_version
AND NOT (employed_from IS NOT NULL AND employed_from <= $3 AND (employed_until IS NULL OR employed_until >= $2))
AND ($4 OR NOT EXISTS (
    SELECT 1 FROM decree_worker d JOIN decree USING (decree_id)
    WHERE d.worker_id = w.worker_id AND decree.first_month <= $3 AND decree.last_month >= $2))
"""
_COUNT_ELIGIBLE = f"SELECT count(*) FROM ({_SELECTED}) eligible"  # noqa: S608 - text of this file
_FREEZE = f"""
INSERT INTO decree_worker (decree_id, worker_id, region_code, occupation_code)
SELECT $5, * FROM ({_SELECTED} ORDER BY worker_id LIMIT $6) selected
"""  # noqa: S608
_LIST_SHA256 = """
SELECT count(*) AS workers, encode(sha256(coalesce(string_agg(
    convert_to(worker_id::text || '|' || region_code || '|' || occupation_code, 'UTF8'), '\\x0a'::bytea
    ORDER BY worker_id), ''::bytea)), 'hex') AS sha256
FROM decree_worker WHERE decree_id = $1
"""
_PROMISED = """
SELECT count(DISTINCT worker_id) FROM decree_worker JOIN decree USING (decree_id)
WHERE funding_line_id = $1
"""
_ADD = """
INSERT INTO decree (decree_id, funding_line_id, region_code, budget_year, number, group_id, first_month, last_month,
    region_codes, max_workers, income_band, workers, eligible, content_sha256, state, granted, created_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'draft', 0, $15, $16)
ON CONFLICT (region_code, budget_year, number) DO NOTHING RETURNING decree_id
"""
_COLUMNS = """
decree_id, funding_line_id, region_code, budget_year, number, group_id, first_month, last_month, region_codes,
max_workers, income_band, workers, eligible, content_sha256, state, granted_on, grant_cursor, granted, created_by,
approved_by
"""
_FIND = f"""
SELECT {_COLUMNS} FROM decree WHERE region_code ^@ ANY ($1::text[]) AND ($2::text IS NULL OR number = $2)
AND ($3::uuid IS NULL OR decree_id = $3) AND ($4::uuid IS NULL OR decree_id > $4) ORDER BY decree_id LIMIT $5
"""  # noqa: S608
_EVERY = f"SELECT {_COLUMNS} FROM decree ORDER BY decree_id"  # noqa: S608
_LOCK = f"SELECT {_COLUMNS} FROM decree WHERE decree_id = $1 FOR UPDATE"  # noqa: S608
_APPROVE = """
UPDATE decree SET state = 'approved', approved_by = $2, approved_at = $3, granted_on = $4 WHERE decree_id = $1
"""
_NEXT_TO_GRANT = f"""
SELECT {_COLUMNS} FROM decree WHERE state = 'approved' AND {not_set_aside("decree_id", "$1", "$2")}
ORDER BY decree_id LIMIT 1 FOR UPDATE
"""  # noqa: S608
_PAGE = """
SELECT worker_id, region_code, occupation_code FROM decree_worker
WHERE decree_id = $1 AND ($2::uuid IS NULL OR worker_id > $2) ORDER BY worker_id LIMIT $3
"""
_GRANT_COLUMNS = ("grant_id", "decree_id", "funding_line_id", "worker_id", "first_month", "last_month")
_ADVANCE = """
UPDATE decree SET grant_cursor = coalesce($2, grant_cursor), granted = granted + $3,
    state = CASE WHEN granted + $3 = workers THEN 'granted' ELSE state END
WHERE decree_id = $1 RETURNING granted <= workers
"""


@dataclass(frozen=True, slots=True)
class Decree:
    """A decree as it is kept."""

    decree_id: UUID
    funding_line_id: UUID
    region_code: str
    budget_year: int
    number: str
    group_id: UUID
    first_month: Month
    last_month: Month
    region_codes: tuple[str, ...]
    max_workers: int | None
    income_band: int
    workers: int
    eligible: int
    content_sha256: str
    state: str
    granted_on: date | None
    grant_cursor: UUID | None
    granted: int
    created_by: str
    approved_by: str | None

    @property
    def terms(self) -> DecreeTerms:
        """What its hash is made of beside the list."""
        return DecreeTerms(
            self.number,
            self.funding_line_id,
            self.first_month,
            self.last_month,
            self.region_codes,
            self.max_workers,
            self.income_band,
        )


async def promised(tx: Transaction, line_id: UUID) -> int:
    """How many workers the line's decrees name."""
    return int(await tx.fetch_value(_PROMISED, line_id))


async def freeze(
    tx: Transaction, decree_id: UUID, terms: DecreeTerms, limit: int | None, *, include_promised: bool
) -> int:
    """Write the decree's list: the eligible workers of its regions, up to ``limit``. Gives how many were eligible."""
    who = (list(terms.region_codes), str(terms.first_month), str(terms.last_month), include_promised)
    eligible = int(await tx.fetch_value(_COUNT_ELIGIBLE, *who))
    await tx.run(_FREEZE, *who, decree_id, limit)
    return eligible


async def list_hash(tx: Transaction, decree_id: UUID) -> tuple[int, str]:
    """How many workers the stored list has, and its SHA-256: ``worker|region|occupation`` lines in order of worker."""
    row = (await tx.fetch(_LIST_SHA256, decree_id))[0]
    return row["workers"], row["sha256"]


async def add(uow: UnitOfWork, decree: Decree) -> bool:
    """Enter a draft. False if the number is taken for this issuer and year."""
    made = await uow.fetch_value(
        _ADD,
        decree.decree_id,
        decree.funding_line_id,
        decree.region_code,
        decree.budget_year,
        decree.number,
        decree.group_id,
        str(decree.first_month),
        str(decree.last_month),
        list(decree.region_codes),
        decree.max_workers,
        decree.income_band,
        decree.workers,
        decree.eligible,
        decree.content_sha256,
        decree.created_by,
        uow.moment,
    )
    return made is not None


async def find(
    tx: Transaction,
    areas: Sequence[str],
    *,
    number: str | None = None,
    decree_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 1,
) -> list[Decree]:
    """Decrees in ``areas``, in order of id."""
    return [_decree(row) for row in await tx.fetch(_FIND, areas, number, decree_id, after, limit)]


async def every(tx: Transaction) -> list[Decree]:
    """All decrees, for verification."""
    return [_decree(row) for row in await tx.fetch(_EVERY)]


async def lock(tx: Transaction, decree_id: UUID) -> Decree:
    """Lock a decree that is known to exist."""
    return _decree((await tx.fetch(_LOCK, decree_id))[0])


async def approve(uow: UnitOfWork, decree_id: UUID, approved_by: str, granted_on: date) -> None:
    """The decree is in force; the job grants."""
    await uow.run(_APPROVE, decree_id, approved_by, uow.moment, granted_on)


async def next_to_grant(uow: UnitOfWork, job: str) -> Decree | None:
    """The oldest approved decree that is not granted completely and that ``job`` has not set aside, locked."""
    rows = await uow.fetch(_NEXT_TO_GRANT, job, uow.moment)
    return _decree(rows[0]) if rows else None


async def workers_after(tx: Transaction, decree_id: UUID, after: UUID | None, limit: int) -> list[Any]:
    """The next rows of the list: worker_id, region_code, occupation_code."""
    return await tx.fetch(_PAGE, decree_id, after, limit)


async def add_grants(tx: Transaction, decree: Decree, grants: Sequence[tuple[UUID, UUID]]) -> None:
    """Grant: (grant_id, worker_id) in order of the list, and move the decree's cursor behind them."""
    first, last = str(decree.first_month), str(decree.last_month)
    rows = [
        (grant_id, decree.decree_id, decree.funding_line_id, worker_id, first, last) for grant_id, worker_id in grants
    ]
    await tx.copy_rows("subsidy_grant", _GRANT_COLUMNS, rows)
    cursor = grants[-1][1] if grants else None
    within = await tx.fetch_value(_ADVANCE, decree.decree_id, cursor, len(grants))
    require(bool(within), "A decree grants no more than it names.")


def _decree(row: Any) -> Decree:
    values = dict(row.items())
    return Decree(
        **values
        | {
            "first_month": Month.parse(row["first_month"]),
            "last_month": Month.parse(row["last_month"]),
            "region_codes": tuple(row["region_codes"]),
        }
    )
