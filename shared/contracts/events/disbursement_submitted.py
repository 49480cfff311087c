"""The fact that payment of a bill has been asked for (SPP)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import model_validator

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


class DisbursementSubmitted(Event):
    """The office in charge has asked for payment of a bill: the SPP is submitted.

    Emitted once per disbursement. It waits for approval by somebody else than the submitter.
    """

    TOPIC = "disbursement.submitted"
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
    submitted_on: Annotated[BusinessDate, about("Date of the SPP.", source="PP 12/2019; Permendagri 77/2020")]
    document_number: Annotated[CleanText, about("Number of the SPP.")]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        require_sum(self.amounts_rupiah, self.amount_rupiah)
        require_order(self.first_month, self.last_month)
        return self

    @classmethod
    def example(cls) -> DisbursementSubmitted:
        """The SPP for November."""
        return cls(
            aggregate_version=1,
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
            submitted_on=date(2026, 11, 6),
            document_number="SPP-LS/0311/2026",
        )
