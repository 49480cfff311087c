"""What the API gives, and how it is made from records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.compliance.rules.cases import CaseKind
from services.compliance.rules.rulebook import Rulebook
from services.compliance.rules.states import FileKind
from services.compliance.store.files import StoredFile
from services.compliance.tables import Employer
from shared.cases import CaseTexts
from shared.contracts.values import ContributionMonth


class FileState(BaseModel):
    """A file and what became of its rows; ``known``: it had been taken before and nothing was done now."""

    file_id: UUID
    kind: FileKind
    content_sha256: str
    uploaded_by: str
    uploaded_at: datetime
    rows: int
    accepted_rows: int
    refused_rows: int
    refused_by_reason: dict[str, int]
    known: bool = False

    @classmethod
    def of(cls, stored: StoredFile, *, known: bool = False) -> FileState:
        """A file on record."""
        return cls(**stored.file.model_dump(), refused_by_reason=dict(stored.refused_by_reason), known=known)


class AssessmentDone(BaseModel):
    """Employers assessed for the first time, anew after a corrected report, and settled by money that had waited."""

    month: ContributionMonth
    assessed: int
    revised: int
    settled: int
    workers: int
    due_rupiah: int


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

    @classmethod
    def of(cls, row: Any, rulebook: Rulebook) -> EmployerRow:
        """A row of `store.employers.page`."""
        employer = cls.model_validate(row)
        return employer.model_copy(update={"ageing_class": _ageing_class(employer.months_late, rulebook)})


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

    @classmethod
    def of(cls, row: Any, rulebook: Rulebook) -> MonthAccount:
        """A row of `store.contributions.of_employer`."""
        months_late = row["months_late"] if row["outstanding_rupiah"] > 0 else 0
        amounts_rupiah = json.loads(row["amounts_rupiah"])
        ageing_class = _ageing_class(months_late, rulebook)
        return cls(**{**row, "amounts_rupiah": amounts_rupiah, "ageing_class": ageing_class})


class EmployerDetail(EmployerFacts):
    """An employer with its assessed months, newest first."""

    months: list[MonthAccount]

    @classmethod
    def of(cls, employer: Employer, rows: Sequence[Any], rulebook: Rulebook) -> EmployerDetail:
        """An employer on record with its rows of `store.contributions.of_employer`."""
        return cls(**employer.model_dump(), months=[MonthAccount.of(row, rulebook) for row in rows])


class Case(CaseTexts):
    """A payment with money that found no debt."""

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

    @classmethod
    def of(cls, row: Any, rulebook: Rulebook) -> Case:
        """A row of `store.cases.page`."""
        return cls(**row._mapping, **rulebook.case_kinds.texts(row.kind))


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


def _ageing_class(months_late: int, rulebook: Rulebook) -> str | None:
    return rulebook.lateness.ageing_class(months_late) if months_late else None
