"""What the events of a family begin with, written once: their key and the fields that come first, in this order.

A family has no topic; each of its events is a frozen contract of its own, in its own file. A change here is a change of
every one of them, and the gate asks about each.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import model_validator

from shared.contracts.base import Event
from shared.contracts.fields import (
    Amount,
    BillRef,
    Breach,
    BudgetAccounts,
    BudgetYear,
    BusinessRegency,
    CaseRef,
    Channel,
    ContributionRef,
    CoveredMonth,
    CoveredProgrammes,
    DisbursementRef,
    EmployerRef,
    FirstMonth,
    FundedRegion,
    FundingLineRef,
    FundingSource,
    HomeRegency,
    LastMonth,
    MessageRef,
    Occupation,
    Office,
    Payer,
    PayingSubject,
    Period,
    ProgrammeAmounts,
    Purpose,
    Recipient,
    RecipientKind,
    SubjectOccupation,
    SubjectRegency,
    WorkerRef,
    YearBudget,
)
from shared.contracts.values import Count, RiskClass, SizeClass, about, require_order, require_sum
from shared.ids import EmployerId, WorkerId


class WorkerEvent(Event):
    """Something about a worker, with what readers choose by: where the worker lives and what the work is."""

    KEY_FIELD = "worker_id"

    worker_id: WorkerRef
    region_code: HomeRegency
    occupation_code: Occupation


class EmployerEvent(Event):
    """Something about an employer."""

    KEY_FIELD = "employer_id"

    employer_id: EmployerRef
    region_code: BusinessRegency


class EmployerCaseEvent(EmployerEvent):
    """A step of a compliance case whose breach is established."""

    case_id: CaseRef
    breach: Breach


class EmployerStateEvent(EmployerEvent):
    """What is known of an employer, with the classes that decide what it owes."""

    size_class: Annotated[
        SizeClass,
        about(
            "Size of the business; decides which programmes are compulsory.",
            source="PP 7/2021; Perpres 109/2013 Art. 6(3)",
        ),
    ]
    risk_class: Annotated[
        RiskClass,
        about(
            "Work-accident risk class, 1 very low to 5 very high; decides the JKK rate.",
            source="PP 44/2015 Art. 16(1); PP 82/2019 Annex I",
        ),
    ]
    programmes: CoveredProgrammes
    worker_count: Annotated[Count, about("Registered workers.", unit="workers")]


class FundingLineEvent(Event):
    """Something about a funding line."""

    KEY_FIELD = "funding_line_id"

    funding_line_id: FundingLineRef
    funding_source: FundingSource
    region_code: FundedRegion
    office: Office
    budget_year: BudgetYear


class FundingBudgetEvent(FundingLineEvent):
    """A funding line with its whole budget."""

    first_month: FirstMonth
    last_month: LastMonth
    amounts_rupiah: ProgrammeAmounts
    amount_rupiah: YearBudget
    budget_accounts: BudgetAccounts
    worker_quota: Annotated[
        Count | None, about("How many workers the line is meant for; null if not limited.", unit="workers")
    ]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        require_sum(self.amounts_rupiah, self.amount_rupiah)
        require_order(self.first_month, self.last_month)
        return self


class ContributionEvent(Event):
    """Something about a contribution: one subject, one month, one payer."""

    KEY_FIELD = "subject_id"

    contribution_id: ContributionRef
    payer_kind: Payer
    subject_id: PayingSubject
    region_code: SubjectRegency
    occupation_code: SubjectOccupation
    month: CoveredMonth

    @property
    def worker_id(self) -> WorkerId | None:
        """The worker whose month it is; None when an employer owes it."""
        return None if self.payer_kind == "employer" else WorkerId(self.subject_id)

    @property
    def employer_id(self) -> EmployerId | None:
        """The employer who owes it; None when it is an informal worker's."""
        return EmployerId(self.subject_id) if self.payer_kind == "employer" else None


class DisbursementEvent(Event):
    """A step of one bill on its way to being paid, with what the bill asks for."""

    KEY_FIELD = "disbursement_id"

    disbursement_id: DisbursementRef
    funding_line_id: FundingLineRef
    bill_id: BillRef
    region_code: FundedRegion
    office: Office
    budget_year: BudgetYear
    first_month: FirstMonth
    last_month: LastMonth
    amounts_rupiah: ProgrammeAmounts
    amount_rupiah: Amount
    worker_count: Annotated[Count, about("How many workers the bill covers.", unit="workers")]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        require_sum(self.amounts_rupiah, self.amount_rupiah)
        require_order(self.first_month, self.last_month)
        return self


class MessageEvent(Event):
    """What became of a message."""

    KEY_FIELD = "recipient_id"

    message_id: MessageRef
    recipient_id: Recipient
    recipient_kind: RecipientKind
    purpose: Purpose
    period: Period
    channel: Channel
