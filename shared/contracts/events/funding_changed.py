"""The fact that a funding line is not what it was."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import model_validator

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import (
    BudgetAccounts,
    BudgetYear,
    FirstMonth,
    FundedRegion,
    FundingLineRef,
    FundingSource,
    LastMonth,
    Office,
    ProgrammeAmounts,
)
from shared.contracts.values import BusinessDate, CleanText, Code, Count, about, require_order, require_sum
from shared.money import NonNegativeRupiah, Rupiah
from shared.periods import Month


class FundingChanged(Event):
    """A funding line has changed; the event carries the state after the change.

    Emitted when the budget is amended (APBD Perubahan), the office in charge moves, or the line is closed.
    """

    TOPIC = "funding.changed"
    KEY_FIELD = "funding_line_id"

    funding_line_id: FundingLineRef
    funding_source: FundingSource
    region_code: FundedRegion
    office: Office
    budget_year: BudgetYear
    first_month: FirstMonth
    last_month: LastMonth
    amounts_rupiah: ProgrammeAmounts
    amount_rupiah: Annotated[NonNegativeRupiah, about("The whole budget of the line for the year.", unit="rupiah")]
    budget_accounts: BudgetAccounts
    worker_quota: Annotated[
        Count | None, about("How many workers the line is meant for; null if not limited.", unit="workers")
    ]
    changed_on: Annotated[BusinessDate, about("Day since when it holds.")]
    reason: Annotated[
        Code,
        about(
            "Why.",
            known={
                "budget-amended": "APBD Perubahan or shift of budget",
                "office-moved": "another office is in charge",
                "period-changed": "other first or last month",
                "corrected": "an entry was wrong",
                "closed": "nothing more is paid from this line",
            },
        ),
    ]
    previous_amount_rupiah: Annotated[NonNegativeRupiah, about("The whole budget before the change.", unit="rupiah")]
    legal_basis: Annotated[CleanText, about("Number of the document that changed it.")]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        require_sum(self.amounts_rupiah, self.amount_rupiah)
        require_order(self.first_month, self.last_month)
        return self

    @classmethod
    def example(cls) -> FundingChanged:
        """More money through the amended budget."""
        return cls(
            aggregate_version=2,
            funding_line_id=examples.FUNDING_LINE,
            funding_source="apbd-province",
            region_code="64",
            office="Disnakertrans",
            budget_year=2026,
            first_month=Month(2026, 1),
            last_month=Month(2026, 12),
            amounts_rupiah={"JKK": Rupiah(13_000_000_000), "JKM": Rupiah(8_840_000_000)},
            amount_rupiah=Rupiah(21_840_000_000),
            budget_accounts={"JKK": "5.1.02.02.02.0006", "JKM": "5.1.02.02.02.0007"},
            worker_quota=100_000,
            changed_on=date(2026, 9, 28),
            reason="budget-amended",
            previous_amount_rupiah=Rupiah(20_160_000_000),
            legal_basis="DPPA-SKPD 2026/1.02.01",
        )
