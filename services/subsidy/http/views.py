"""What is kept, as the API shows it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.subsidy import store
from services.subsidy.http.models import (
    AmendmentView,
    BillView,
    CaseView,
    CutBills,
    DecreeView,
    DisbursementView,
    FundingLineView,
    MonthRunView,
)
from services.subsidy.rules.cases import CaseKind, case_kinds
from services.subsidy.store.bills import Bill
from services.subsidy.store.decrees import Decree
from services.subsidy.store.disbursements import Disbursement
from services.subsidy.store.funding import Amendment, FundingLine
from services.subsidy.store.runs import MonthRun
from shared.database import Transaction
from shared.periods import Month


def line_view(line: FundingLine, state: str | None = None) -> FundingLineView:
    """A funding line; ``state`` if the command has just changed it."""
    return FundingLineView(
        funding_line_id=line.funding_line_id,
        reference=line.reference,
        state=state or line.state,
        funding_source=line.funding_source,
        region_code=line.region_code,
        office=line.office,
        budget_year=line.budget_year,
        first_month=line.first_month,
        last_month=line.last_month,
        amounts_rupiah=line.amounts.by_programme(),
        budget_accounts=dict(line.budget_accounts),
        worker_quota=line.worker_quota,
        legal_basis=line.legal_basis,
    )


def amendment_view(amendment: Amendment, state: str | None = None) -> AmendmentView:
    """A budget change."""
    return AmendmentView(
        amendment_id=amendment.amendment_id,
        state=state or amendment.state,
        amounts_rupiah=amendment.amounts.by_programme(),
    )


def decree_view(decree: Decree, state: str | None = None) -> DecreeView:
    """A decree."""
    return DecreeView(
        decree_id=decree.decree_id,
        number=decree.number,
        state=state or decree.state,
        funding_line_id=decree.funding_line_id,
        group_id=decree.group_id,
        first_month=decree.first_month,
        last_month=decree.last_month,
        region_codes=list(decree.region_codes),
        max_workers=decree.max_workers,
        workers=decree.workers,
        eligible=decree.eligible,
        content_sha256=decree.content_sha256,
        granted=decree.granted,
    )


async def run_view(tx: Transaction, run: MonthRun) -> MonthRunView:
    """A run with its figures of now."""
    unfunded = await store.contributions.unfunded_counts(tx, run.month_run_id)
    by_reason = {reason: workers for reason, (workers, _) in unfunded.items()}
    candidates = await store.contributions.candidates(tx, run.funding_line_id, str(run.month))
    without_payer = sum(by_reason.values())
    return MonthRunView(
        month_run_id=run.month_run_id,
        funding_line_id=run.funding_line_id,
        month=run.month,
        state=run.state,
        assessing=run.assessing,
        due_on=run.due_on,
        candidates=candidates,
        due=run.due_count,
        unfunded=without_payer,
        unfunded_by_reason=by_reason,
        waiting=candidates - run.due_count - without_payer,
        amount_rupiah=run.amounts.total_rupiah,
        amounts_rupiah=run.amounts.by_programme(),
    )


def bill_view(bill: Bill) -> BillView:
    """A bill."""
    return BillView(
        bill_id=bill.bill_id,
        month_run_id=bill.month_run_id,
        group_id=bill.group_id,
        month=Month.parse(bill.month),
        state=bill.state,
        kode_iuran=bill.kode_iuran,
        worker_count=bill.worker_count,
        amounts_rupiah=bill.amounts.by_programme(),
        amount_rupiah=bill.amounts.total_rupiah,
    )


def cut_view(bills: list[Bill]) -> CutBills:
    """What a cut has made."""
    others: list[UUID] = [bill.bill_id for bill in bills[1:]]
    return CutBills(**bill_view(bills[0]).model_dump(), other_bill_ids=others)


def disbursement_view(made: Disbursement) -> DisbursementView:
    """A disbursement."""
    return DisbursementView(
        disbursement_id=made.disbursement_id,
        bill_id=made.bill_id,
        state=made.state,
        amount_rupiah=made.amounts.total_rupiah,
        worker_count=made.worker_count,
        spp_number=made.spp_number,
        spm_number=made.spm_number,
        sp2d_number=made.sp2d_number,
        instructed_on=made.instructed_on,
        paid_count=made.paid_count,
        paid_rupiah=made.paid.total_rupiah,
        outstanding_rupiah=made.amounts.minus(made.paid).total_rupiah,
    )


def case_view(row: Any) -> CaseView:
    """A case's row (with attributes), with what its kind means and what to do."""
    return CaseView(
        case_id=row.case_id,
        kind=CaseKind(row.kind),
        subject=row.subject,
        region_code=row.region_code,
        details=row.details,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        **case_kinds().texts(row.kind),
    )
