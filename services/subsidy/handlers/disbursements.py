"""From bill to payment order: SPP by the treasurer, SPM by another person, SP2D recorded. Each step once.

The outcome of a payment order is not known until BPJS confirms; nothing is ever sent again under another identifier.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.subsidy import store
from services.subsidy.rules.ledger import journal
from services.subsidy.rules.values import NOTHING, document_key
from services.subsidy.store.bills import Bill
from services.subsidy.store.disbursements import Disbursement
from services.subsidy.store.funding import FundingLine
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
class Whole:
    """A disbursement with its bill and funding line, all locked, in the order line, bill, disbursement."""

    line: FundingLine
    bill: Bill
    disbursement: Disbursement


async def submit(uow: UnitOfWork, bill_id: UUID, number: str, actor: str, areas: AreaScope) -> Disbursement:
    """Ask for payment of a matched bill (SPP). Raises NotVisibleError and RefusedError."""
    found = await store.bills.find(uow, areas.sql_prefixes(), bill_id=bill_id)
    if not found:
        raise NotVisibleError
    line = await _line(uow, found[0].funding_line_id)
    bill = await store.bills.lock(uow, bill_id)
    if bill.state != "billed":
        raise RefusedError("bill-not-payable", state=bill.state)
    made = Disbursement(
        disbursement_id=uow.ids.next(),
        version=1,
        bill_id=bill_id,
        funding_line_id=line.funding_line_id,
        region_code=bill.region_code,
        worker_count=bill.worker_count,
        amounts=bill.amounts,
        state="submitted",
        spp_number=number,
        submitted_on=local_date(uow.moment),
        spm_number=None,
        approved_on=None,
        sp2d_number=None,
        instructed_on=None,
        payment_id=None,
        sent_at=None,
        settled_on=None,
        paid_count=0,
        paid=NOTHING,
        created_by=actor,
        approved_by=None,
    )
    await _take_number(uow, "spp", number, made, line)
    require(await store.disbursements.add(uow, made), "A bill has one disbursement.")
    await store.bills.set_state(uow, bill_id, "submitted")
    whole = Whole(line, bill, made)
    facts = facts_of(whole) | {"aggregate_version": 1}
    uow.emit(DisbursementSubmitted(**facts, submitted_on=made.submitted_on, document_number=number))
    await _record(uow, actor, "submit-spp", whole)
    return made


async def approve(uow: UnitOfWork, disbursement_id: UUID, number: str, actor: str, areas: AreaScope) -> Disbursement:
    """Approve payment (SPM) of what somebody else submitted. Raises NotVisibleError, RefusedError, SamePersonError."""
    whole = await lock_whole(uow, disbursement_id, areas)
    require_second_person(whole.disbursement.created_by, actor)
    _expect(whole, "submitted")
    approved_on = local_date(uow.moment)
    await _take_number(uow, "spm", number, whole.disbursement, whole.line)
    version = await store.disbursements.approve(uow, disbursement_id, number, approved_on, actor)
    await store.bills.set_state(uow, whole.bill.bill_id, "approved")
    approved = await store.disbursements.lock(uow, disbursement_id)
    count = approved.approval_count
    facts = facts_of(whole) | {"aggregate_version": version}
    uow.emit(DisbursementApproved(**facts, approved_on=approved_on, document_number=number, approval_count=count))
    await _record(uow, actor, "approve-spm", whole)
    return approved


async def instruct(
    uow: UnitOfWork, disbursement_id: UUID, number: str, instructed_on: date, actor: str, areas: AreaScope
) -> Disbursement:
    """Record the SP2D: the treasury has ordered payment; a job writes the payment file.

    Raises NotVisibleError and RefusedError.
    """
    whole = await lock_whole(uow, disbursement_id, areas)
    _expect(whole, "approved")
    if instructed_on > local_date(uow.moment):
        raise RefusedError("date-in-future")
    approved_on = whole.disbursement.approved_on
    if approved_on is None or instructed_on < approved_on:
        raise RefusedError("date-before-approval", approved_on=str(approved_on))
    await _take_number(uow, "sp2d", number, whole.disbursement, whole.line)
    line_id, amounts = whole.line.funding_line_id, whole.disbursement.amounts
    require(amounts == whole.bill.amounts, "What is paid is what was billed.")
    await store.ledger.post(uow, line_id, "instruct", disbursement_id, journal("instruct", amounts))
    instructed = await store.ledger.balance(uow, line_id, "instructed")
    require(amounts.fits(instructed), "Instructed money stays visible until its outcome is known.")
    version = await store.disbursements.instruct(uow, disbursement_id, number, instructed_on, actor)
    await store.bills.set_state(uow, whole.bill.bill_id, "instructed")
    facts = facts_of(whole) | {"aggregate_version": version}
    uow.emit(DisbursementInstructed(**facts, instructed_on=instructed_on, document_number=number))
    await _record(uow, actor, "record-sp2d", whole)
    return await store.disbursements.lock(uow, disbursement_id)


async def lock_whole(uow: UnitOfWork, disbursement_id: UUID, areas: AreaScope | None) -> Whole:
    """Lock line, bill and disbursement. Raises NotVisibleError outside ``areas`` (None: the service itself)."""
    keys = await store.disbursements.keys(uow, disbursement_id)
    if keys is None:
        raise NotVisibleError
    line = await _line(uow, keys[0])
    if areas is not None and not areas.allows(line.region_code):
        raise NotVisibleError
    bill = await store.bills.lock(uow, keys[1])
    return Whole(line, bill, await store.disbursements.lock(uow, disbursement_id))


def facts_of(whole: Whole) -> dict[str, Any]:
    """What every event of a disbursement tells."""
    line, bill, made = whole.line, whole.bill, whole.disbursement
    return {
        "disbursement_id": made.disbursement_id,
        "funding_line_id": line.funding_line_id,
        "bill_id": bill.bill_id,
        "region_code": line.region_code,
        "office": line.office,
        "budget_year": line.budget_year,
        "first_month": Month.parse(bill.month),
        "last_month": Month.parse(bill.month),
        "amounts_rupiah": made.amounts.for_event(),
        "amount_rupiah": Rupiah(made.amounts.total_rupiah),
        "worker_count": made.worker_count,
    }


def _expect(whole: Whole, state: str) -> None:
    if whole.disbursement.state != state:
        raise RefusedError("other-step-first", state=whole.disbursement.state)


async def _line(uow: UnitOfWork, line_id: UUID) -> FundingLine:
    line = await store.funding.lock(uow, line_id)
    if line is None:
        raise LookupError("A bill belongs to a funding line; restore the line that is missing.")
    return line


async def _take_number(uow: UnitOfWork, kind: str, number: str, made: Disbursement, line: FundingLine) -> None:
    taken = await store.disbursements.take_number(
        uow, kind, line.region_code, line.budget_year, document_key(number), made.disbursement_id
    )
    if not taken:
        raise RefusedError("document-number-taken", kind=kind.upper())


async def _record(uow: UnitOfWork, actor: str, action: str, whole: Whole) -> None:
    subject = f"disbursement {whole.disbursement.disbursement_id}"
    details: dict[str, str | int] = {
        "amount_rupiah": whole.disbursement.amounts.total_rupiah,
        "bill_id": str(whole.bill.bill_id),
    }
    await audit.record(uow, uow.moment, actor, action, subject, details)
