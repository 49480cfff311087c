"""What the API gives. Amounts are whole rupiah by programme (JKK, JKM)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from services.subsidy.rules.cases import CaseKind
from shared.cases import CaseTexts
from shared.periods import Month


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
