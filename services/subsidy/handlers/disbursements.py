"""From bill to payment order: SPP by the treasurer, SPM by another person, SP2D recorded. Each step once.

The outcome of a payment order is not known until BPJS confirms; nothing is ever sent again under another identifier.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.subsidy import store
from services.subsidy.handlers.visible import visible
from services.subsidy.rules.ledger import Account, Move
from services.subsidy.rules.states import BillState, DisbursementState, DocumentKind
from services.subsidy.rules.values import Amounts, amounts_of, document_key
from services.subsidy.tables import Bill, Disbursement, FundingLine
from shared import audit
from shared.access.areas import AreaScope
from shared.access.errors import NotVisibleError, RefusedError
from shared.access.maker_checker import require_second_person
from shared.clock import local_date
from shared.contracts.events.disbursement_approved import DisbursementApproved
from shared.contracts.events.disbursement_instructed import DisbursementInstructed
from shared.contracts.events.disbursement_submitted import DisbursementSubmitted
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork
from shared.money import Rupiah
from shared.periods import Month


@dataclass(frozen=True, slots=True)
class LockedDisbursement:
    """A disbursement with its bill and funding line, all locked, in the order line, bill, disbursement."""

    line: FundingLine
    bill: Bill
    disbursement: Disbursement


def paid_amounts(disbursement: Disbursement) -> Amounts:
    """What BPJS has confirmed of it."""
    return Amounts(disbursement.paid_jkk_rupiah, disbursement.paid_jkm_rupiah)


async def submit(uow: UnitOfWork, bill_id: UUID, number: str, actor: str, areas: AreaScope) -> Disbursement:
    """Ask for payment of a matched bill (SPP). Raises NotVisibleError and RefusedError."""
    before = visible(await store.bills.find(uow, areas.sql_prefixes(), bill_id=bill_id))
    line = (await store.funding.lock(uow, before.funding_line_id)).line
    bill = await store.bills.lock(uow, bill_id)
    if bill.state != BillState.BILLED:
        raise RefusedError("bill-not-payable", state=bill.state)
    disbursement = Disbursement(
        disbursement_id=uow.ids.next(),
        version=1,
        bill_id=bill_id,
        funding_line_id=line.funding_line_id,
        region_code=bill.region_code,
        worker_count=bill.worker_count,
        jkk_rupiah=bill.jkk_rupiah,
        jkm_rupiah=bill.jkm_rupiah,
        state=DisbursementState.SUBMITTED,
        spp_number=number,
        submitted_on=local_date(uow.moment),
        paid_count=0,
        paid_jkk_rupiah=0,
        paid_jkm_rupiah=0,
        created_by=actor,
        created_at=uow.moment,
    )
    locked = LockedDisbursement(line, bill, disbursement)
    await _take_number(uow, DocumentKind.SPP, number, locked)
    require(amounts_of(disbursement) == amounts_of(bill), "What is to be paid is what was billed.")
    require(await store.disbursements.add(uow, disbursement), "A bill has one disbursement.")
    await store.bills.set_state(uow, bill_id, BillState.SUBMITTED)
    facts, submitted_on = event_facts(locked, disbursement.version), disbursement.submitted_on
    uow.emit(DisbursementSubmitted(**facts, submitted_on=submitted_on, document_number=number))
    await _record(uow, actor, "submit-spp", locked)
    return disbursement


async def approve(uow: UnitOfWork, disbursement_id: UUID, number: str, actor: str, areas: AreaScope) -> Disbursement:
    """Approve payment (SPM) of what somebody else submitted. Raises NotVisibleError, RefusedError, SamePersonError."""
    locked = await lock(uow, disbursement_id, areas)
    require_second_person(locked.disbursement.created_by, actor)
    _expect(locked, DisbursementState.SUBMITTED)
    approved_on = local_date(uow.moment)
    await _take_number(uow, DocumentKind.SPM, number, locked)
    approved = await store.disbursements.approve(uow, disbursement_id, number, approved_on, actor)
    await store.bills.set_state(uow, locked.bill.bill_id, BillState.APPROVED)
    count = len({approved.approved_by} - {None, approved.created_by})  # the submitter does not count
    facts = event_facts(locked, approved.version)
    uow.emit(DisbursementApproved(**facts, approved_on=approved_on, document_number=number, approval_count=count))
    await _record(uow, actor, "approve-spm", locked)
    return approved


async def instruct(
    uow: UnitOfWork, disbursement_id: UUID, number: str, instructed_on: date, actor: str, areas: AreaScope
) -> Disbursement:
    """Record the SP2D: the treasury has ordered payment; a job writes the payment file.

    Raises NotVisibleError and RefusedError.
    """
    locked = await lock(uow, disbursement_id, areas)
    _expect(locked, DisbursementState.APPROVED)
    if instructed_on > local_date(uow.moment):
        raise RefusedError("date-in-future")
    approved_on = locked.disbursement.approved_on
    if approved_on is None or instructed_on < approved_on:
        raise RefusedError("date-before-approval", approved_on=str(approved_on))
    await _take_number(uow, DocumentKind.SP2D, number, locked)
    line_id, amounts = locked.line.funding_line_id, amounts_of(locked.disbursement)
    require(amounts == amounts_of(locked.bill), "What is paid is what was billed.")
    await store.ledger.post(uow, line_id, Move.INSTRUCT, disbursement_id, amounts)
    balance = await store.ledger.balance(uow, line_id, Account.INSTRUCTED)
    require(amounts.fits(balance), "Instructed money stays visible until its outcome is known.")
    instructed = await store.disbursements.instruct(uow, disbursement_id, number, instructed_on, actor)
    await store.bills.set_state(uow, locked.bill.bill_id, BillState.INSTRUCTED)
    facts = event_facts(locked, instructed.version)
    uow.emit(DisbursementInstructed(**facts, instructed_on=instructed_on, document_number=number))
    await _record(uow, actor, "record-sp2d", locked)
    return instructed


async def lock(uow: UnitOfWork, disbursement_id: UUID, areas: AreaScope | None = None) -> LockedDisbursement:
    """Lock line, bill and disbursement. Raises NotVisibleError outside ``areas`` (None: the service itself)."""
    keys = await store.disbursements.keys(uow, disbursement_id)
    if keys is None:
        raise NotVisibleError
    line = (await store.funding.lock(uow, keys.funding_line_id)).line
    if areas is not None and not areas.allows(line.region_code):
        raise NotVisibleError
    bill = await store.bills.lock(uow, keys.bill_id)
    return LockedDisbursement(line, bill, await store.disbursements.lock(uow, disbursement_id))


def event_facts(locked: LockedDisbursement, version: int) -> dict[str, Any]:
    """What every event of a disbursement tells; ``version`` is the one that it has made."""
    line, bill, disbursement = locked.line, locked.bill, locked.disbursement
    amounts = amounts_of(disbursement)
    return {
        "aggregate_version": version,
        "disbursement_id": disbursement.disbursement_id,
        "funding_line_id": line.funding_line_id,
        "bill_id": bill.bill_id,
        "region_code": line.region_code,
        "office": line.office,
        "budget_year": line.budget_year,
        "first_month": Month.parse(bill.month),
        "last_month": Month.parse(bill.month),
        "amounts_rupiah": amounts.for_event(),
        "amount_rupiah": Rupiah(amounts.total_rupiah),
        "worker_count": disbursement.worker_count,
    }


def _expect(locked: LockedDisbursement, state: DisbursementState) -> None:
    if locked.disbursement.state != state:
        raise RefusedError("other-step-first", state=locked.disbursement.state)


async def _take_number(uow: UnitOfWork, kind: DocumentKind, number: str, locked: LockedDisbursement) -> None:
    line, disbursement_id = locked.line, locked.disbursement.disbursement_id
    taken = await store.disbursements.take_number(
        uow, kind, line.region_code, line.budget_year, document_key(number), disbursement_id
    )
    if not taken:
        raise RefusedError("document-number-taken", kind=kind.upper())


async def _record(uow: UnitOfWork, actor: str, action: str, locked: LockedDisbursement) -> None:
    subject = f"disbursement {locked.disbursement.disbursement_id}"
    details: dict[str, str | int] = {
        "amount_rupiah": amounts_of(locked.disbursement).total_rupiah,
        "bill_id": str(locked.bill.bill_id),
    }
    await audit.record(uow, uow.moment, actor, action, subject, details)
