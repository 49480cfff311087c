"""Disbursements: a bill on its way from SPP over SPM and SP2D to BPJS's confirmation. One per bill, never another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from services.subsidy.rules.states import DisbursementState, DocumentKind
from services.subsidy.rules.values import Amounts
from services.subsidy.store.rows import ById, insert_into, values
from services.subsidy.tables import Disbursement
from shared.access.paging import PageQuery
from shared.database import Transaction
from shared.database.records import columns, record, records
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import not_set_aside

_COLUMNS = columns(Disbursement)
_ADD = insert_into(Disbursement, "ON CONFLICT (bill_id) DO NOTHING RETURNING disbursement_id")
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
_APPROVE = f"""
UPDATE disbursement SET state = '{DisbursementState.APPROVED}', version = version + 1, spm_number = $2,
    approved_on = $3, approved_by = $4, approved_at = $5 WHERE disbursement_id = $1 RETURNING {_COLUMNS}
"""  # noqa: S608
_INSTRUCT = f"""
UPDATE disbursement SET state = '{DisbursementState.INSTRUCTED}', version = version + 1, sp2d_number = $2,
    instructed_on = $3, instructed_by = $4, payment_id = $5 WHERE disbursement_id = $1 RETURNING {_COLUMNS}
"""  # noqa: S608
_TO_SEND = f"""
SELECT {_COLUMNS} FROM disbursement WHERE state = '{DisbursementState.INSTRUCTED}' AND sent_at IS NULL
    AND {not_set_aside("disbursement_id", "$1", "$2")}
ORDER BY disbursement_id LIMIT 1 FOR UPDATE
"""  # noqa: S608
_SENT = "UPDATE disbursement SET sent_at = $2 WHERE disbursement_id = $1"
_SET_STATE = "UPDATE disbursement SET state = $2 WHERE disbursement_id = $1"
_ADD_PAID = """
UPDATE disbursement SET paid_count = paid_count + $2, paid_jkk_rupiah = paid_jkk_rupiah + $3,
    paid_jkm_rupiah = paid_jkm_rupiah + $4 WHERE disbursement_id = $1
"""
_SETTLE = f"""
UPDATE disbursement SET state = '{DisbursementState.PAID}', version = version + 1, settled_on = $2
WHERE disbursement_id = $1 RETURNING version
"""  # noqa: S608
_SILENT = f"""
SELECT {_COLUMNS} FROM disbursement WHERE state = '{DisbursementState.INSTRUCTED}' AND sent_at < $1
ORDER BY disbursement_id LIMIT 100 FOR UPDATE SKIP LOCKED
"""  # noqa: S608


IN_ORDER = ById(Disbursement, "disbursement_id")


class Keys(NamedTuple):
    """What has to be locked before a disbursement is, in this order."""

    funding_line_id: UUID
    bill_id: UUID


async def add(uow: UnitOfWork, disbursement: Disbursement) -> bool:
    """Enter it. False if its bill has one."""
    return await uow.fetch_value(_ADD, *values(disbursement)) is not None


async def take_number(
    tx: Transaction, kind: DocumentKind, region_code: str, budget_year: int, number: str, disbursement_id: UUID
) -> bool:
    """Take a document number, unique per issuer and year. False if another document has it."""
    taken = await tx.fetch_value(_NUMBER, kind, region_code, budget_year, number, disbursement_id)
    return taken is not None


async def find(
    tx: Transaction,
    areas: Sequence[str],
    query: PageQuery | None = None,
    *,
    disbursement_id: UUID | None = None,
    bill_id: UUID | None = None,
) -> list[Disbursement]:
    """Disbursements in ``areas``, in order of id: those of a page and one more, or one."""
    rows = await tx.fetch(_FIND, areas, disbursement_id, bill_id, *IN_ORDER.bounds(query))
    return records(Disbursement, rows)


async def keys(tx: Transaction, disbursement_id: UUID) -> Keys | None:
    """The keys of its line and bill; None if there is no such disbursement."""
    rows = await tx.fetch(_KEYS, disbursement_id)
    return Keys(**rows[0]) if rows else None


async def lock(tx: Transaction, disbursement_id: UUID) -> Disbursement:
    """Lock one that is known to exist, after its line and bill."""
    return record(Disbursement, (await tx.fetch(_LOCK, disbursement_id))[0])


async def approve(uow: UnitOfWork, disbursement_id: UUID, number: str, approved_on: date, actor: str) -> Disbursement:
    """The SPM is issued. Gives the disbursement as it is now."""
    rows = await uow.fetch(_APPROVE, disbursement_id, number, approved_on, actor, uow.moment)
    return record(Disbursement, rows[0])


async def instruct(
    uow: UnitOfWork, disbursement_id: UUID, number: str, instructed_on: date, actor: str
) -> Disbursement:
    """The SP2D is recorded; the payment gets its identifier, once. Gives the disbursement as it is now."""
    rows = await uow.fetch(_INSTRUCT, disbursement_id, number, instructed_on, actor, uow.ids.next())
    return record(Disbursement, rows[0])


async def next_to_send(uow: UnitOfWork, job: str) -> Disbursement | None:
    """The oldest one whose payment file is not written and that ``job`` has not set aside, locked."""
    rows = await uow.fetch(_TO_SEND, job, uow.moment)
    return record(Disbursement, rows[0]) if rows else None


async def mark_sent(uow: UnitOfWork, disbursement_id: UUID) -> None:
    """The payment file is in the folder."""
    await uow.run(_SENT, disbursement_id, uow.moment)


async def set_state(tx: Transaction, disbursement_id: UUID, state: DisbursementState) -> None:
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
    return records(Disbursement, await tx.fetch(_SILENT, moment))
