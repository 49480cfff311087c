"""The fact that payment of a bill has been approved (SPM)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import (
    Amount,
    BillRef,
    BudgetYear,
    DisbursementRef,
    FirstMonth,
    FundedRegion,
    FundingLineRef,
    LastMonth,
    Office,
    ProgrammeAmounts,
)
from shared.contracts.values import BusinessDate, CleanText, Count, about, require_order, require_sum
from shared.money import Rupiah
from shared.periods import Month


class DisbursementApproved(Event):
    """Payment of a bill has been approved by amount: the SPM is issued.

    Emitted once, when the last approval that the amount requires has been given. Today one is required of any amount.
    """

    TOPIC = "disbursement.approved"
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
    approved_on: Annotated[BusinessDate, about("Date of the SPM.", source="PP 12/2019; Permendagri 77/2020")]
    document_number: Annotated[CleanText, about("Number of the SPM.")]
    approval_count: Annotated[
        int, Field(ge=1, le=20), about("How many people have approved; each another than the submitter.")
    ]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        require_sum(self.amounts_rupiah, self.amount_rupiah)
        require_order(self.first_month, self.last_month)
        return self

    @classmethod
    def example(cls) -> DisbursementApproved:
        """Somebody else than the submitter has approved."""
        return cls(
            aggregate_version=2,
            disbursement_id=examples.DISBURSEMENT,
            funding_line_id=examples.FUNDING_LINE,
            bill_id=examples.BILL,
            region_code="64",
            office="Disnakertrans",
            budget_year=2026,
            first_month=Month(2026, 11),
            last_month=Month(2026, 11),
            amounts_rupiah={"JKK": Rupiah(1_000_000_000), "JKM": Rupiah(680_000_000)},
            amount_rupiah=Rupiah(1_680_000_000),
            worker_count=100_000,
            approved_on=date(2026, 11, 9),
            document_number="SPM-LS/0298/2026",
            approval_count=1,
        )
