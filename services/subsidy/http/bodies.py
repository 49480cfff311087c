"""What the API takes. Amounts are whole rupiah by programme (JKK, JKM)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.subsidy.rules.values import PROGRAMMES
from shared.access.areas import AreaCode
from shared.contracts.fields import FUNDING_SOURCES
from shared.contracts.values import CLEAN_PATTERN, Code
from shared.money import NonNegativeRupiah
from shared.periods import Month

Text = Annotated[str, Field(min_length=1, max_length=200, pattern=CLEAN_PATTERN)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FundingRegion = Annotated[AreaCode, Field(max_length=4)]


def _is_source(value: str) -> str:
    if value not in FUNDING_SOURCES:
        raise ValueError(f"Money comes from one of {', '.join(FUNDING_SOURCES)}; give one of these codes.")
    return value


FundingSource = Annotated[Code, AfterValidator(_is_source)]
"""Where the money comes from; only what the published events declare."""
Budget = Annotated[dict[str, NonNegativeRupiah], Field(min_length=1, max_length=len(PROGRAMMES))]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewFundingLine(_Body):
    """A payer's budget for a year."""

    reference: Text
    funding_source: FundingSource
    region_code: FundingRegion
    office: Text
    budget_year: Annotated[int, Field(ge=2000, le=2099)]
    first_month: Month
    last_month: Month
    amounts_rupiah: Budget
    budget_accounts: Annotated[dict[str, Text], Field(min_length=1, max_length=len(PROGRAMMES))]
    worker_quota: Annotated[int | None, Field(ge=1, le=100_000_000)] = None
    legal_basis: Text

    @model_validator(mode="after")
    def _agree(self) -> Self:
        _check_programmes(self.amounts_rupiah)
        _check_programmes(self.budget_accounts)
        if self.last_month < self.first_month:
            raise ValueError("The last month lies before the first; exchange them or correct the period.")
        if {self.first_month.year, self.last_month.year} != {self.budget_year}:
            raise ValueError("The months of a funding line lie in its budget year; make one line per year.")
        if sum(self.amounts_rupiah.values()) == 0:
            raise ValueError("A funding line has money; give an amount for each programme.")
        return self


class NewAmendment(_Body):
    """Another whole budget of a line (APBD Perubahan)."""

    amounts_rupiah: Budget
    legal_basis: Text

    @model_validator(mode="after")
    def _agree(self) -> Self:
        _check_programmes(self.amounts_rupiah)
        return self


class NewDecree(_Body):
    """A decree to freeze. With include_already_granted, workers whom another decree promises the months come along."""

    number: Text
    funding_line_id: UUID
    first_month: Month
    last_month: Month
    region_codes: Annotated[list[FundingRegion], Field(min_length=1, max_length=100)]
    max_workers: Annotated[int | None, Field(ge=1, le=100_000_000)] = None
    include_already_granted: bool = False


class DecreeApproval(_Body):
    """The hash of the content that is approved."""

    content_sha256: Sha256


class NewMonthRun(_Body):
    """Which line pays which month."""

    funding_line_id: UUID
    month: Month


class Document(_Body):
    """The number of an SPP or SPM."""

    document_number: Text


class Instruction(Document):
    """The number and date of an SP2D."""

    instructed_on: date


class CaseClosing(_Body):
    """What was done about a case. No personal data: it goes into the audit record."""

    note: Text


def _check_programmes(by_programme: Mapping[str, object]) -> None:
    if set(by_programme) - set(PROGRAMMES):
        raise ValueError(f"Only {' and '.join(PROGRAMMES)} are paid; leave the other programmes out.")
