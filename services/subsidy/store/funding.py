"""Funding lines, their budgets and amendments. A line is locked before anything of it changes, always first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.subsidy.rules.states import AmendmentState, LineState
from services.subsidy.rules.values import JKK, JKM, Amounts
from services.subsidy.store.rows import ById, insert_into, values
from services.subsidy.tables import FundingAmendment, FundingLine
from shared.access.paging import PageQuery
from shared.database import Transaction
from shared.database.records import columns, record
from shared.messaging.outbox import UnitOfWork

_COLUMNS = columns(FundingLine, alias="line")
_BUDGET = """
(SELECT json_object_agg(programme, amount_rupiah)::text FROM funding_budget
 WHERE funding_line_id = line.funding_line_id) AS amounts,
(SELECT json_object_agg(programme, budget_account)::text FROM funding_budget
 WHERE funding_line_id = line.funding_line_id AND budget_account IS NOT NULL) AS accounts
"""
_ADD = insert_into(FundingLine, "ON CONFLICT (reference) DO NOTHING RETURNING funding_line_id")
_INSERT_BUDGET = """
INSERT INTO funding_budget (funding_line_id, programme, amount_rupiah, budget_account)
SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::text[])
"""
_LOCK_WITHIN = "SELECT 1 FROM funding_line WHERE funding_line_id = $1 AND region_code ^@ ANY ($2::text[]) FOR UPDATE"
_LOCK = "SELECT 1 FROM funding_line WHERE funding_line_id = $1 FOR UPDATE"
_GET = f"SELECT {_COLUMNS}, {_BUDGET} FROM funding_line line WHERE funding_line_id = $1"  # noqa: S608 - our columns
_FIND = f"""
SELECT {_COLUMNS}, {_BUDGET} FROM funding_line line WHERE region_code ^@ ANY ($1::text[])
AND ($2::text IS NULL OR reference = $2) AND ($3::uuid IS NULL OR funding_line_id = $3)
AND ($4::uuid IS NULL OR funding_line_id > $4) ORDER BY funding_line_id LIMIT $5
"""  # noqa: S608
_OPEN = f"""
UPDATE funding_line line SET state = '{LineState.OPEN}', approved_by = $2, approved_at = $3 WHERE funding_line_id = $1
RETURNING {_COLUMNS}
"""  # noqa: S608
_NEXT_VERSION = """
UPDATE funding_line SET version = version + 1, warned_month = coalesce($2, warned_month) WHERE funding_line_id = $1
RETURNING version
"""
_CHANGE_BUDGET = "UPDATE funding_budget SET amount_rupiah = $3 WHERE funding_line_id = $1 AND programme = $2"
_ADD_AMENDMENT = insert_into(FundingAmendment)
_AMENDMENT = f"""
SELECT {columns(FundingAmendment)} FROM funding_amendment WHERE amendment_id = $1 AND funding_line_id = $2
"""  # noqa: S608
_APPROVE_AMENDMENT = f"""
UPDATE funding_amendment SET state = '{AmendmentState.APPROVED}', approved_by = $2, approved_at = $3
WHERE amendment_id = $1 RETURNING {columns(FundingAmendment)}
"""  # noqa: S608
IN_ORDER = ById(FundingLine, "funding_line_id")


@dataclass(frozen=True, slots=True)
class Funding:
    """A funding line with its budget, and with the account of each programme that has one."""

    line: FundingLine
    amounts: Amounts
    budget_accounts: Mapping[str, str]


async def add(tx: Transaction, funding: Funding) -> bool:
    """Enter a draft. False if the reference is taken."""
    if await tx.fetch_value(_ADD, *values(funding.line)) is None:
        return False
    amounts = funding.amounts.by_programme()
    accounts = [funding.budget_accounts.get(programme) for programme in amounts]
    await tx.run(_INSERT_BUDGET, funding.line.funding_line_id, list(amounts), list(amounts.values()), accounts)
    return True


async def lock(tx: Transaction, line_id: UUID) -> Funding:
    """Lock a line that is known to exist until the end of the transaction."""
    await tx.run(_LOCK, line_id)
    # Read by a second statement: the lock may have waited for a change that the first one's snapshot cannot see.
    return _funding((await tx.fetch(_GET, line_id))[0])


async def lock_within(tx: Transaction, line_id: UUID, areas: Sequence[str]) -> Funding | None:
    """The same of a line in ``areas``; None if there is none."""
    is_there = await tx.fetch(_LOCK_WITHIN, line_id, areas)
    return _funding((await tx.fetch(_GET, line_id))[0]) if is_there else None


async def find(
    tx: Transaction,
    areas: Sequence[str],
    query: PageQuery | None = None,
    *,
    reference: str | None = None,
    line_id: UUID | None = None,
) -> list[Funding]:
    """Lines in ``areas``, in order of id: those of a page and one more, or one."""
    return [_funding(row) for row in await tx.fetch(_FIND, areas, reference, line_id, *IN_ORDER.bounds(query))]


async def open(uow: UnitOfWork, funding: Funding, approved_by: str) -> Funding:  # noqa: A001 - store.funding.open
    """The line is approved. Gives it as it is now."""
    rows = await uow.fetch(_OPEN, funding.line.funding_line_id, approved_by, uow.moment)
    return replace(funding, line=record(FundingLine, rows[0]))


async def next_version(tx: Transaction, line_id: UUID, *, warned_month: str | None = None) -> int:
    """Count a change of the line; ``warned_month`` remembers what was forecast."""
    return int(await tx.fetch_value(_NEXT_VERSION, line_id, warned_month))


async def change_budget(tx: Transaction, line_id: UUID, amounts: Amounts) -> None:
    """Set the whole budget."""
    for programme, amount_rupiah in amounts.by_programme().items():
        await tx.run(_CHANGE_BUDGET, line_id, programme, amount_rupiah)


async def add_amendment(tx: Transaction, amendment: FundingAmendment) -> None:
    """Enter an amendment that waits for approval."""
    await tx.run(_ADD_AMENDMENT, *values(amendment))


async def amendment(tx: Transaction, line_id: UUID, amendment_id: UUID) -> FundingAmendment | None:
    """An amendment of the line; None if there is none."""
    rows = await tx.fetch(_AMENDMENT, amendment_id, line_id)
    return record(FundingAmendment, rows[0]) if rows else None


async def approve_amendment(uow: UnitOfWork, amendment_id: UUID, approved_by: str) -> FundingAmendment:
    """The amendment holds from now on. Gives it as it is now."""
    rows = await uow.fetch(_APPROVE_AMENDMENT, amendment_id, approved_by, uow.moment)
    return record(FundingAmendment, rows[0])


def _funding(row: Any) -> Funding:
    amounts: dict[str, int] = json.loads(row["amounts"] or "{}")
    return Funding(
        record(FundingLine, row),
        Amounts(amounts.get(JKK, 0), amounts.get(JKM, 0)),
        json.loads(row["accounts"] or "{}"),
    )
