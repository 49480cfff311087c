"""Funding lines, their budgets and amendments. A line is locked before anything of it changes, always first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.subsidy.rules.values import JKK, JKM, Amounts
from shared.database import Transaction
from shared.periods import Month

_COLUMNS = """
line.funding_line_id, line.version, line.reference, line.funding_source, line.region_code, line.office,
line.budget_year, line.first_month, line.last_month, line.worker_quota, line.legal_basis, line.state,
line.warned_month, line.created_by, line.approved_by,
(SELECT json_object_agg(programme, amount_rupiah)::text FROM funding_budget
 WHERE funding_line_id = line.funding_line_id) AS amounts,
(SELECT json_object_agg(programme, budget_account)::text FROM funding_budget
 WHERE funding_line_id = line.funding_line_id AND budget_account IS NOT NULL) AS accounts
"""
_INSERT = """
INSERT INTO funding_line (funding_line_id, version, reference, funding_source, region_code, office, budget_year,
    first_month, last_month, worker_quota, legal_basis, state, created_by, created_at)
VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'draft', $11, $12) ON CONFLICT (reference) DO NOTHING
RETURNING funding_line_id
"""
_INSERT_BUDGET = """
INSERT INTO funding_budget (funding_line_id, programme, amount_rupiah, budget_account)
SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::text[])
"""
_LOCK = "SELECT 1 FROM funding_line WHERE funding_line_id = $1 AND region_code ^@ ANY ($2::text[]) FOR UPDATE"
_LOCK_ANY = "SELECT 1 FROM funding_line WHERE funding_line_id = $1 FOR UPDATE"
_GET = f"SELECT {_COLUMNS} FROM funding_line line WHERE funding_line_id = $1"  # noqa: S608 - columns of this file
_BY_REFERENCE = f"""
SELECT {_COLUMNS} FROM funding_line line WHERE region_code ^@ ANY ($1::text[]) AND ($2::text IS NULL OR reference = $2)
AND ($3::uuid IS NULL OR funding_line_id = $3) AND ($4::uuid IS NULL OR funding_line_id > $4)
ORDER BY funding_line_id LIMIT $5
"""  # noqa: S608
_OPEN = "UPDATE funding_line SET state = 'open', approved_by = $2, approved_at = $3 WHERE funding_line_id = $1"
_NEXT_VERSION = """
UPDATE funding_line SET version = version + 1, warned_month = coalesce($2, warned_month) WHERE funding_line_id = $1
RETURNING version
"""
_CHANGE_BUDGET = "UPDATE funding_budget SET amount_rupiah = $3 WHERE funding_line_id = $1 AND programme = $2"
_ADD_AMENDMENT = """
INSERT INTO funding_amendment (amendment_id, funding_line_id, jkk_rupiah, jkm_rupiah, legal_basis, state, created_by,
    created_at) VALUES ($1, $2, $3, $4, $5, 'draft', $6, $7)
"""
_AMENDMENT = """
SELECT amendment_id, jkk_rupiah, jkm_rupiah, legal_basis, state, created_by FROM funding_amendment
WHERE amendment_id = $1 AND funding_line_id = $2
"""
_APPROVE_AMENDMENT = """
UPDATE funding_amendment SET state = 'approved', approved_by = $2, approved_at = $3 WHERE amendment_id = $1
"""


@dataclass(frozen=True, slots=True)
class FundingLine:
    """A funding line with its budget."""

    funding_line_id: UUID
    version: int
    reference: str
    funding_source: str
    region_code: str
    office: str
    budget_year: int
    first_month: Month
    last_month: Month
    worker_quota: int | None
    legal_basis: str
    state: str
    warned_month: str | None
    created_by: str
    approved_by: str | None
    amounts: Amounts
    budget_accounts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change of a line's budget that waits for approval, or has it. ``amounts`` is the whole new budget."""

    amendment_id: UUID
    amounts: Amounts
    legal_basis: str
    state: str
    created_by: str


async def add(tx: Transaction, line: FundingLine, now: datetime) -> bool:
    """Enter a draft. False if the reference is taken."""
    values = (line.office, line.budget_year, str(line.first_month), str(line.last_month), line.worker_quota)
    made = await tx.fetch_value(
        _INSERT,
        line.funding_line_id,
        line.reference,
        line.funding_source,
        line.region_code,
        *values,
        line.legal_basis,
        line.created_by,
        now,
    )
    if made is None:
        return False
    amounts = line.amounts.by_programme()
    accounts = [line.budget_accounts.get(programme) for programme in amounts]
    await tx.run(_INSERT_BUDGET, line.funding_line_id, list(amounts), list(amounts.values()), accounts)
    return True


async def lock(tx: Transaction, line_id: UUID, areas: Sequence[str] | None = None) -> FundingLine | None:
    """Lock a line until the end of the transaction; None if there is none in ``areas`` (None: the service itself)."""
    found = await (tx.fetch(_LOCK_ANY, line_id) if areas is None else tx.fetch(_LOCK, line_id, areas))
    # Read by a second statement: the lock may have waited for a change that the first one's snapshot cannot see.
    return _line((await tx.fetch(_GET, line_id))[0]) if found else None


async def find(
    tx: Transaction,
    areas: Sequence[str],
    *,
    reference: str | None = None,
    line_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 1,
) -> list[FundingLine]:
    """Lines in ``areas``, in order of id."""
    return [_line(row) for row in await tx.fetch(_BY_REFERENCE, areas, reference, line_id, after, limit)]


async def open_line(tx: Transaction, line_id: UUID, approved_by: str, now: datetime) -> None:
    """The line is approved."""
    await tx.run(_OPEN, line_id, approved_by, now)


async def next_version(tx: Transaction, line_id: UUID, *, warned_month: str | None = None) -> int:
    """Count a change of the line; ``warned_month`` remembers what was forecast."""
    return int(await tx.fetch_value(_NEXT_VERSION, line_id, warned_month))


async def change_budget(tx: Transaction, line_id: UUID, amounts: Amounts) -> None:
    """Set the whole budget."""
    for programme, amount_rupiah in amounts.by_programme().items():
        await tx.run(_CHANGE_BUDGET, line_id, programme, amount_rupiah)


async def add_amendment(tx: Transaction, line_id: UUID, amendment: Amendment, now: datetime) -> None:
    """Enter an amendment that waits for approval."""
    await tx.run(
        _ADD_AMENDMENT,
        amendment.amendment_id,
        line_id,
        *amendment.amounts,
        amendment.legal_basis,
        amendment.created_by,
        now,
    )


async def amendment(tx: Transaction, line_id: UUID, amendment_id: UUID) -> Amendment | None:
    """An amendment of the line; None if there is none."""
    rows = await tx.fetch(_AMENDMENT, amendment_id, line_id)
    if not rows:
        return None
    row = rows[0]
    amounts = Amounts(row["jkk_rupiah"], row["jkm_rupiah"])
    return Amendment(row["amendment_id"], amounts, row["legal_basis"], row["state"], row["created_by"])


async def approve_amendment(tx: Transaction, amendment_id: UUID, approved_by: str, now: datetime) -> None:
    """The amendment holds from now on."""
    await tx.run(_APPROVE_AMENDMENT, amendment_id, approved_by, now)


def _line(row: Any) -> FundingLine:
    amounts: dict[str, int] = json.loads(row["amounts"] or "{}")
    values = {name: row[name] for name in FundingLine.__slots__ if name in row}
    return FundingLine(
        **values
        | {
            "first_month": Month.parse(row["first_month"]),
            "last_month": Month.parse(row["last_month"]),
            "amounts": Amounts(amounts.get(JKK, 0), amounts.get(JKM, 0)),
            "budget_accounts": json.loads(row["accounts"] or "{}"),
        }
    )
