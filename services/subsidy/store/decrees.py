"""Decrees, the workers that they name, and the grants that follow. The list of a decree never changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from services.subsidy.rules.assessment import SUBSIDISED_KIND
from services.subsidy.rules.decree import DecreeTerms
from services.subsidy.rules.states import DecreeState
from services.subsidy.store.rows import ById, insert_into, names, values
from services.subsidy.tables import Decree, SubsidyGrant
from shared.access.paging import PageQuery
from shared.database import Transaction
from shared.database.records import columns, record, records
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month
from shared.service.jobs import not_set_aside

# Verified, not left since, not a wage worker, of the kind that the programme pays for, and (unless asked for) not
# promised the same months by any decree before. Oldest registration first: identifiers grow with time.
_SELECTED = f"""
SELECT worker_id, region_code, occupation_code FROM worker_view w
WHERE decision = 'verified' AND region_code ^@ ANY ($1::text[]) AND participant_kind = '{SUBSIDISED_KIND}'
AND decision_version > exited_version
AND NOT (employed_from IS NOT NULL AND employed_from <= $3 AND (employed_until IS NULL OR employed_until >= $2))
AND ($4 OR NOT EXISTS (
    SELECT 1 FROM decree_worker d JOIN decree USING (decree_id)
    WHERE d.worker_id = w.worker_id AND decree.first_month <= $3 AND decree.last_month >= $2))
"""  # noqa: S608 - a word of the rules
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
_COLUMNS = columns(Decree)
_ADD = insert_into(Decree, "ON CONFLICT (region_code, budget_year, number) DO NOTHING RETURNING decree_id")
_FIND = f"""
SELECT {_COLUMNS} FROM decree WHERE region_code ^@ ANY ($1::text[]) AND ($2::text IS NULL OR number = $2)
AND ($3::uuid IS NULL OR decree_id = $3) AND ($4::uuid IS NULL OR decree_id > $4) ORDER BY decree_id LIMIT $5
"""  # noqa: S608
_EVERY = f"SELECT {_COLUMNS} FROM decree ORDER BY decree_id"  # noqa: S608
_LOCK = f"SELECT {_COLUMNS} FROM decree WHERE decree_id = $1 FOR UPDATE"  # noqa: S608
_APPROVE = f"""
UPDATE decree SET state = '{DecreeState.APPROVED}', approved_by = $2, approved_at = $3, granted_on = $4
WHERE decree_id = $1 RETURNING {_COLUMNS}
"""  # noqa: S608
_NEXT_TO_GRANT = f"""
SELECT {_COLUMNS} FROM decree WHERE state = '{DecreeState.APPROVED}' AND {not_set_aside("decree_id", "$1", "$2")}
ORDER BY decree_id LIMIT 1 FOR UPDATE
"""  # noqa: S608
_PAGE = """
SELECT worker_id, region_code, occupation_code FROM decree_worker
WHERE decree_id = $1 AND ($2::uuid IS NULL OR worker_id > $2) ORDER BY worker_id LIMIT $3
"""
_ADVANCE = f"""
UPDATE decree SET grant_cursor = coalesce($2, grant_cursor), granted = granted + $3,
    state = CASE WHEN granted + $3 = workers THEN '{DecreeState.GRANTED}' ELSE state END
WHERE decree_id = $1 RETURNING granted <= workers
"""  # noqa: S608


IN_ORDER = ById(Decree, "decree_id")


class FrozenList(NamedTuple):
    """How many workers a list has, and its SHA-256: ``worker|region|occupation`` lines in order of worker."""

    workers: int
    sha256: str


class Grant(NamedTuple):
    """Whom a decree grants, by which grant."""

    grant_id: UUID
    worker_id: UUID


def terms(decree: Decree) -> DecreeTerms:
    """What a decree's hash is made of beside the list."""
    return DecreeTerms(
        decree.number,
        decree.funding_line_id,
        Month.parse(decree.first_month),
        Month.parse(decree.last_month),
        tuple(decree.region_codes),
        decree.max_workers,
        decree.income_band,
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


async def list_hash(tx: Transaction, decree_id: UUID) -> FrozenList:
    """The stored list, counted and hashed anew."""
    return FrozenList(**(await tx.fetch(_LIST_SHA256, decree_id))[0])


async def add(uow: UnitOfWork, decree: Decree) -> bool:
    """Enter a draft. False if the number is taken for this issuer and year."""
    return await uow.fetch_value(_ADD, *values(decree)) is not None


async def find(
    tx: Transaction,
    areas: Sequence[str],
    query: PageQuery | None = None,
    *,
    number: str | None = None,
    decree_id: UUID | None = None,
) -> list[Decree]:
    """Decrees in ``areas``, in order of id: those of a page and one more, or one."""
    return records(Decree, await tx.fetch(_FIND, areas, number, decree_id, *IN_ORDER.bounds(query)))


async def every(tx: Transaction) -> list[Decree]:
    """All decrees, for verification."""
    return records(Decree, await tx.fetch(_EVERY))


async def lock(tx: Transaction, decree_id: UUID) -> Decree:
    """Lock a decree that is known to exist."""
    return record(Decree, (await tx.fetch(_LOCK, decree_id))[0])


async def approve(uow: UnitOfWork, decree_id: UUID, approved_by: str, granted_on: date) -> Decree:
    """The decree is in force; the job grants. Gives the decree as it is now."""
    return record(Decree, (await uow.fetch(_APPROVE, decree_id, approved_by, uow.moment, granted_on))[0])


async def next_to_grant(uow: UnitOfWork, job: str) -> Decree | None:
    """The oldest approved decree that is not granted completely and that ``job`` has not set aside, locked."""
    rows = await uow.fetch(_NEXT_TO_GRANT, job, uow.moment)
    return record(Decree, rows[0]) if rows else None


async def workers_after(tx: Transaction, decree_id: UUID, after: UUID | None, limit: int) -> list[Any]:
    """The next rows of the list: worker_id, region_code, occupation_code."""
    return await tx.fetch(_PAGE, decree_id, after, limit)


async def add_grants(tx: Transaction, decree: Decree, grants: Sequence[Grant]) -> None:
    """Grant, in order of the list, and move the decree's cursor behind the last one.

    Raises InvariantError where the decree would grant more than it names.
    """
    months = (decree.first_month, decree.last_month)
    rows = [(grant.grant_id, decree.decree_id, decree.funding_line_id, grant.worker_id, *months) for grant in grants]
    await tx.copy_rows("subsidy_grant", names(SubsidyGrant), rows)
    cursor = grants[-1].worker_id if grants else None
    within = await tx.fetch_value(_ADVANCE, decree.decree_id, cursor, len(grants))
    require(bool(within), "A decree grants no more than it names.")
