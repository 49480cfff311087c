"""The fact that there is money for a year."""

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
from shared.contracts.values import BusinessDate, CleanText, Count, about, require_order, require_sum
from shared.money import NonNegativeRupiah, Rupiah
from shared.periods import Month


class FundingOpened(Event):
    """A funding line has been opened: a payer has set money aside for contributions of a budget year.

    Emitted when the line is approved. From now on decrees may be paid from it, never beyond its amount.
    """

    TOPIC = "funding.opened"
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
    opened_on: Annotated[BusinessDate, about("Day of approval in East Kalimantan.")]
    legal_basis: Annotated[
        CleanText, about("Number of the budget document (DPA) or regulation.", source="PP 12/2019; Permendagri 77/2020")
    ]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        require_sum(self.amounts_rupiah, self.amount_rupiah)
        require_order(self.first_month, self.last_month)
        return self

    @classmethod
    def example(cls) -> FundingOpened:
        """The province's line of 2026 for 100,000 workers."""
        return cls(
            aggregate_version=1,
            funding_line_id=examples.FUNDING_LINE,
            funding_source="apbd-province",
            region_code="64",
            office="Disnakertrans",
            budget_year=2026,
            first_month=Month(2026, 1),
            last_month=Month(2026, 12),
            amounts_rupiah={"JKK": Rupiah(12_000_000_000), "JKM": Rupiah(8_160_000_000)},
            amount_rupiah=Rupiah(20_160_000_000),
            budget_accounts={"JKK": "5.1.02.02.02.0006", "JKM": "5.1.02.02.02.0007"},
            worker_quota=100_000,
            opened_on=date(2026, 1, 5),
            legal_basis="DPA-SKPD 2026/1.02.01",
        )
