"""Disbursements: a bill on its way from SPP over SPM and SP2D to BPJS's confirmation. One per bill, never another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.subsidy.rules.values import Amounts
from shared.database import Transaction
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import not_set_aside

_COLUMNS = """
disbursement_id, version, bill_id, funding_line_id, region_code, worker_count, jkk_rupiah, jkm_rupiah, state,
spp_number, submitted_on, spm_number, approved_on, sp2d_number, instructed_on, payment_id, sent_at, settled_on,
paid_count, paid_jkk_rupiah, paid_jkm_rupiah, created_by, approved_by
"""
_ADD = """
INSERT INTO disbursement (disbursement_id, version, bill_id, funding_line_id, region_code, worker_count, jkk_rupiah,
    jkm_rupiah, state, spp_number, submitted_on, paid_count, paid_jkk_rupiah, paid_jkm_rupiah, created_by, created_at)
VALUES ($1, 1, $2, $3, $4, $5, $6, $7, 'submitted', $8, $9, 0, 0, 0, $10, $11)
ON CONFLICT (bill_id) DO NOTHING RETURNING disbursement_id
"""
_NUMBER = """
INSERT INTO document_number (kind, region_code, budget_year, number, disbursement_id) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING number
"""
_FIND = f"""
SELECT {_COLUMNS} FROM disbursement WHERE region_code ^@ ANY ($1::text[])
AND ($2::uuid IS NULL OR disbursement_id = $2) AND ($3::uuid IS NULL OR bill_id = $3)
AND ($4::uuid IS NULL OR disbursement_id > $4) ORDER BY disbursement_id LIMIT $5
"""  # noqa: S608 - columns of this file
_LOCK = f"SELECT {_COLUMNS} FROM disbursement WHERE disbursement_id = $1 FOR UPDATE"  # noqa: S608
_KEYS = "SELECT funding_line_id, bill_id FROM disbursement WHERE disbursement_id = $1"
_APPROVE = """
UPDATE disbursement SET state = 'approved', version = version + 1, spm_number = $2, approved_on = $3, approved_by = $4,
    approved_at = $5 WHERE disbursement_id = $1 RETURNING version
"""
_INSTRUCT = """
UPDATE disbursement SET state = 'instructed', version = version + 1, sp2d_number = $2, instructed_on = $3,
    instructed_by = $4, payment_id = $5 WHERE disbursement_id = $1 RETURNING version
"""
_TO_SEND = f"""
SELECT {_COLUMNS} FROM disbursement WHERE state = 'instructed' AND sent_at IS NULL
    AND {not_set_aside("disbursement_id", "$1", "$2")}
ORDER BY disbursement_id LIMIT 1 FOR UPDATE
"""  # noqa: S608
_SENT = "UPDATE disbursement SET sent_at = $2 WHERE disbursement_id = $1"
_SET_STATE = "UPDATE disbursement SET state = $2 WHERE disbursement_id = $1"
_ADD_PAID = """
UPDATE disbursement SET paid_count = paid_count + $2, paid_jkk_rupiah = paid_jkk_rupiah + $3,
    paid_jkm_rupiah = paid_jkm_rupiah + $4 WHERE disbursement_id = $1
"""
_SETTLE = """
UPDATE disbursement SET state = 'paid', version = version + 1, settled_on = $2 WHERE disbursement_id = $1
RETURNING version
"""
_SILENT = f"""
SELECT {_COLUMNS} FROM disbursement WHERE state = 'instructed' AND sent_at < $1 ORDER BY disbursement_id LIMIT 100
FOR UPDATE SKIP LOCKED
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Disbursement:
    """A disbursement as it is kept."""

    disbursement_id: UUID
    version: int
    bill_id: UUID
    funding_line_id: UUID
    region_code: str
    worker_count: int
    amounts: Amounts
    state: str
    spp_number: str
    submitted_on: date
    spm_number: str | None
    approved_on: date | None
    sp2d_number: str | None
    instructed_on: date | None
    payment_id: UUID | None
    sent_at: datetime | None
    settled_on: date | None
    paid_count: int
    paid: Amounts
    created_by: str
    approved_by: str | None

    @property
    def approval_count(self) -> int:
        """How many people have approved it, the submitter not counted."""
        return len({self.approved_by} - {None, self.created_by})


async def add(uow: UnitOfWork, one: Disbursement) -> bool:
    """Enter it. False if its bill has one."""
    values = (one.region_code, one.worker_count, *one.amounts, one.spp_number, one.submitted_on)
    made = await uow.fetch_value(
        _ADD, one.disbursement_id, one.bill_id, one.funding_line_id, *values, one.created_by, uow.moment
    )
    return made is not None


async def take_number(
    tx: Transaction, kind: str, region_code: str, budget_year: int, number: str, disbursement_id: UUID
) -> bool:
    """Take a document number (spp, spm, sp2d), unique per issuer and year. False if another document has it."""
    taken = await tx.fetch_value(_NUMBER, kind, region_code, budget_year, number, disbursement_id)
    return taken is not None


async def find(
    tx: Transaction,
    areas: Sequence[str],
    *,
    disbursement_id: UUID | None = None,
    bill_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 1,
) -> list[Disbursement]:
    """Disbursements in ``areas``, in order of id."""
    return [_one(row) for row in await tx.fetch(_FIND, areas, disbursement_id, bill_id, after, limit)]


async def keys(tx: Transaction, disbursement_id: UUID) -> tuple[UUID, UUID] | None:
    """(funding line, bill), to be locked before the disbursement is; None if there is no such disbursement."""
    rows = await tx.fetch(_KEYS, disbursement_id)
    return (rows[0]["funding_line_id"], rows[0]["bill_id"]) if rows else None


async def lock(tx: Transaction, disbursement_id: UUID) -> Disbursement:
    """Lock one that is known to exist, after its line and bill."""
    return _one((await tx.fetch(_LOCK, disbursement_id))[0])


async def approve(uow: UnitOfWork, disbursement_id: UUID, number: str, approved_on: date, actor: str) -> int:
    """The SPM is issued. Gives the new version."""
    return int(await uow.fetch_value(_APPROVE, disbursement_id, number, approved_on, actor, uow.moment))


async def instruct(uow: UnitOfWork, disbursement_id: UUID, number: str, instructed_on: date, actor: str) -> int:
    """The SP2D is recorded; the payment gets its identifier, once. Gives the new version."""
    return int(await uow.fetch_value(_INSTRUCT, disbursement_id, number, instructed_on, actor, uow.ids.next()))


async def next_to_send(uow: UnitOfWork, job: str) -> Disbursement | None:
    """The oldest one whose payment file is not written and that ``job`` has not set aside, locked."""
    rows = await uow.fetch(_TO_SEND, job, uow.moment)
    return _one(rows[0]) if rows else None


async def mark_sent(uow: UnitOfWork, disbursement_id: UUID) -> None:
    """The payment file is in the folder."""
    await uow.run(_SENT, disbursement_id, uow.moment)


async def set_state(tx: Transaction, disbursement_id: UUID, state: str) -> None:
    """Set the state."""
    await tx.run(_SET_STATE, disbursement_id, state)


async def add_paid(tx: Transaction, disbursement_id: UUID, count: int, amounts: Amounts) -> None:
    """Count what was confirmed. More than was instructed cannot be committed (check constraint)."""
    require(count > 0, "A payment is somebody's.")
    require(min(amounts) >= 0 and amounts.total_rupiah > 0, "A payment is about money.")
    await tx.run(_ADD_PAID, disbursement_id, count, *amounts)


async def settle(tx: Transaction, disbursement_id: UUID, settled_on: date) -> int:
    """It is confirmed in full. Gives the new version."""
    return int(await tx.fetch_value(_SETTLE, disbursement_id, settled_on))


async def silent_since(tx: Transaction, moment: datetime) -> list[Disbursement]:
    """Those sent before ``moment`` of which nothing was heard, locked."""
    return [_one(row) for row in await tx.fetch(_SILENT, moment)]


def _one(row: Any) -> Disbursement:
    values = dict(row.items())
    amounts = Amounts(values.pop("jkk_rupiah"), values.pop("jkm_rupiah"))
    paid = Amounts(values.pop("paid_jkk_rupiah"), values.pop("paid_jkm_rupiah"))
    return Disbursement(**values, amounts=amounts, paid=paid)
