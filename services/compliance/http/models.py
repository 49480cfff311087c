"""What requests and answers hold."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.compliance.rules.cases import CaseKind
from shared.cases import CaseTexts
from shared.contracts.values import ContributionMonth


class FileState(BaseModel):
    """A file and what became of its rows; ``known``: it had been taken before and nothing was done now."""

    file_id: UUID
    kind: Literal["employers", "wages", "payments"]
    content_sha256: str
    uploaded_by: str
    uploaded_at: datetime
    rows: int
    accepted_rows: int
    refused_rows: int
    refused_by_reason: dict[str, int]
    known: bool = False


class AssessmentOrder(BaseModel):
    """Which contribution month to assess."""

    model_config = ConfigDict(extra="forbid")

    month: ContributionMonth


class AssessmentDone(BaseModel):
    """Employers assessed for the first time, anew after a corrected report, and settled by money that had waited."""

    month: ContributionMonth
    assessed: int
    revised: int
    settled: int
    workers: int
    due_rupiah: int


class AgeingOrder(BaseModel):
    """Until which day to age; today or earlier."""

    model_config = ConfigDict(extra="forbid")

    as_of: Annotated[date, Field(ge=date(2015, 7, 1), description="A day, YYYY-MM-DD.")]


class AgeingDone(BaseModel):
    """Employers that owe something after its due date, and delays announced now."""

    as_of: date
    late_employers: int
    announced: int


class EmployerFacts(BaseModel):
    """An employer; its contact data are sealed and not shown."""

    model_config = ConfigDict(from_attributes=True)

    employer_id: UUID
    npp: str
    name: str
    region_code: str
    size_class: str
    risk_class: int
    business_line: str | None
    programmes: list[str]
    worker_count: int
    bpjs_registered: bool
    registered_on: date


class EmployerRow(EmployerFacts):
    """An employer in a list: what it owes in all, and how many months it is late at most."""

    outstanding_rupiah: int
    fine_outstanding_rupiah: int
    months_late: int
    ageing_class: str | None = None


class MonthAccount(BaseModel):
    """What an employer owes for a month; due = paid + outstanding, and the same of the fine."""

    contribution_id: UUID
    month: ContributionMonth
    revision: int
    refused_rows: Annotated[int, Field(description="Rows of this report that were refused; it is incomplete then.")]
    worker_count: int
    wages_rupiah: int
    risk_class: int
    tariff: str
    amounts_rupiah: dict[str, int]
    due_on: date
    due_rupiah: int
    paid_rupiah: int
    outstanding_rupiah: int
    fine_due_rupiah: int
    fine_paid_rupiah: int
    fine_outstanding_rupiah: int
    months_late: int
    ageing_class: str | None = None
    fine_as_of: date | None
    settled_on: date | None


class EmployerDetail(EmployerFacts):
    """An employer with its assessed months, newest first."""

    months: list[MonthAccount]


class Case(CaseTexts):
    """A payment with money that found no debt."""

    model_config = ConfigDict(from_attributes=True)

    kind: CaseKind
    payment_id: UUID
    employer_id: UUID
    npp: str
    region_code: str
    month: ContributionMonth
    payment_number: str
    paid_on: date
    contribution_left_rupiah: int
    fine_left_rupiah: int


class Summary(BaseModel):
    """The figures of the areas that somebody works for. Months count per employer."""

    employers: int
    reported: int
    assessed: int
    settled: int
    late: int
    late_rupiah: int
    fines_rupiah: int
    due_rupiah: int
    paid_rupiah: int
    outstanding_rupiah: int
    cases: int
