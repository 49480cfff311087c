"""What the API gives, and how it is made of records. Amounts are whole rupiah by programme (JKK, JKM)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel

from services.subsidy import store
from services.subsidy.handlers.disbursements import paid_amounts
from services.subsidy.rules.cases import CaseKind, case_kinds
from services.subsidy.rules.values import amounts_of
from services.subsidy.store.funding import Funding
from services.subsidy.tables import Bill, Case, Decree, Disbursement, FundingAmendment, MonthRun, SubsidyTable
from shared.cases import CaseTexts
from shared.database import Transaction
from shared.periods import Month

AnswerT = TypeVar("AnswerT", bound=BaseModel)


class FundingLineView(BaseModel):
    """A funding line."""

    funding_line_id: UUID
    reference: str
    state: str
    funding_source: str
    region_code: str
    office: str
    budget_year: int
    first_month: Month
    last_month: Month
    amounts_rupiah: dict[str, int]
    budget_accounts: dict[str, str]
    worker_quota: int | None
    legal_basis: str


class LineBalances(FundingLineView):
    """A funding line with where its money is."""

    balances_rupiah: dict[str, dict[str, int]]


class AmendmentView(BaseModel):
    """A budget change."""

    amendment_id: UUID
    state: str
    amounts_rupiah: dict[str, int]


class DecreeView(BaseModel):
    """A decree; granted counts how far the job is. eligible counts who could be chosen before limits."""

    decree_id: UUID
    number: str
    state: str
    funding_line_id: UUID
    group_id: UUID
    first_month: Month
    last_month: Month
    region_codes: list[str]
    max_workers: int | None
    workers: int
    eligible: int
    content_sha256: str
    granted: int


class MonthRunView(BaseModel):
    """A run. waiting: granted but without cover in this month yet. amount_rupiah: of what is due."""

    month_run_id: UUID
    funding_line_id: UUID
    month: Month
    state: str
    assessing: bool
    due_on: date | None
    candidates: int
    due: int
    unfunded: int
    unfunded_by_reason: dict[str, int]
    waiting: int
    amount_rupiah: int
    amounts_rupiah: dict[str, int]


class BillView(BaseModel):
    """A bill of one group and month."""

    bill_id: UUID
    month_run_id: UUID
    group_id: UUID
    month: Month
    state: str
    kode_iuran: str | None
    worker_count: int
    amounts_rupiah: dict[str, int]
    amount_rupiah: int


class CutBills(BillView):
    """The first bill of a cut; further groups have their own."""

    other_bill_ids: list[UUID]


class DisbursementView(BaseModel):
    """A disbursement and how far it is."""

    disbursement_id: UUID
    bill_id: UUID
    state: str
    amount_rupiah: int
    worker_count: int
    spp_number: str
    spm_number: str | None
    sp2d_number: str | None
    instructed_on: date | None
    paid_count: int
    paid_rupiah: int
    outstanding_rupiah: int


class CaseView(CaseTexts):
    """What a person has to look at."""

    case_id: UUID
    kind: CaseKind
    subject: str
    region_code: str
    details: dict[str, int | str]
    opened_at: datetime
    closed_at: datetime | None


class ContributionFigures(BaseModel):
    """Workers' months."""

    due: int
    paid: int
    unfunded: int
    outstanding: int
    due_rupiah: int
    paid_rupiah: int
    unfunded_by_reason: dict[str, int]


class Summary(BaseModel):
    """Figures of the caller's area."""

    verified: int
    verified_by_region: dict[str, int]
    granted: int
    enrolled: int
    contributions: ContributionFigures
    bills: dict[str, int]
    cases: int


def _answer(answer: type[AnswerT], row: SubsidyTable, **computed: Any) -> AnswerT:
    """What an answer has in common with a row, and what is ``computed``."""
    copied = {name: getattr(row, name) for name in answer.model_fields if name not in computed}
    return answer(**copied, **computed)


def line_view(funding: Funding) -> FundingLineView:
    """A funding line with its budget."""
    accounts = dict(funding.budget_accounts)
    return _answer(
        FundingLineView, funding.line, amounts_rupiah=funding.amounts.by_programme(), budget_accounts=accounts
    )


def amendment_view(amendment: FundingAmendment) -> AmendmentView:
    """A budget change."""
    return _answer(AmendmentView, amendment, amounts_rupiah=amounts_of(amendment).by_programme())


def decree_view(decree: Decree) -> DecreeView:
    """A decree."""
    return _answer(DecreeView, decree)


async def run_view(tx: Transaction, run: MonthRun) -> MonthRunView:
    """A run with its figures of now."""
    lacking = await store.contributions.unfunded_counts(tx, run.month_run_id)
    by_reason = {reason: group.workers for reason, group in lacking.items()}
    candidates = await store.contributions.candidates(tx, run.funding_line_id, run.month)
    unfunded = sum(by_reason.values())
    return _answer(
        MonthRunView,
        run,
        candidates=candidates,
        due=run.due_count,
        unfunded=unfunded,
        unfunded_by_reason=by_reason,
        waiting=candidates - run.due_count - unfunded,
        amount_rupiah=amounts_of(run).total_rupiah,
        amounts_rupiah=amounts_of(run).by_programme(),
    )


def bill_view(bill: Bill) -> BillView:
    """A bill."""
    amounts = amounts_of(bill)
    return _answer(BillView, bill, amounts_rupiah=amounts.by_programme(), amount_rupiah=amounts.total_rupiah)


def cut_view(bills: list[Bill]) -> CutBills:
    """What a cut has made."""
    first, *others = bills
    return CutBills(**bill_view(first).model_dump(), other_bill_ids=[bill.bill_id for bill in others])


def disbursement_view(disbursement: Disbursement) -> DisbursementView:
    """A disbursement."""
    amounts, paid = amounts_of(disbursement), paid_amounts(disbursement)
    return _answer(
        DisbursementView,
        disbursement,
        amount_rupiah=amounts.total_rupiah,
        paid_rupiah=paid.total_rupiah,
        outstanding_rupiah=amounts.minus(paid).total_rupiah,
    )


def case_view(case: Case) -> CaseView:
    """A case, with what its kind means and what to do."""
    return _answer(CaseView, case, **case_kinds().texts(case.kind))
