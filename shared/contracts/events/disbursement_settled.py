"""The fact that it is known what became of a payment."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self
from uuid import UUID

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
from shared.contracts.values import BusinessDate, Code, Count, about, require_order, require_sum
from shared.money import NonNegativeRupiah, Rupiah
from shared.periods import Month


class DisbursementSettled(Event):
    """It is known what became of a payment: BPJS Ketenagakerjaan confirmed it, in full or in part, or it came back.

    Emitted once the outcome is certain. confirmed_rupiah is compared with the bill and the roster; a difference is a
    case for reconciliation.
    """

    TOPIC = "disbursement.settled"
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
    settled_on: Annotated[BusinessDate, about("Day since when the outcome is known.")]
    outcome: Annotated[
        Code,
        about(
            "What became of it.",
            known={
                "paid": "confirmed in full",
                "paid-in-part": "confirmed with a difference",
                "returned": "the bank sent it back",
                "cancelled": "withdrawn before it was paid",
            },
        ),
    ]
    confirmed_rupiah: Annotated[NonNegativeRupiah, about("What BPJS Ketenagakerjaan has confirmed.", unit="rupiah")]
    payment_id: Annotated[UUID | None, about("The confirmed payment; null if none was.")]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        require_sum(self.amounts_rupiah, self.amount_rupiah)
        require_order(self.first_month, self.last_month)
        return self

    @classmethod
    def example(cls) -> DisbursementSettled:
        """November is paid in full."""
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
            settled_on=date(2026, 11, 13),
            outcome="paid",
            confirmed_rupiah=Rupiah(1_680_000_000),
            payment_id=examples.PAYMENT,
        )
