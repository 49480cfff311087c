"""The fact that there is money for a year."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import FundingBudgetEvent
from shared.contracts.values import BusinessDate, CleanText, about
from shared.money import Rupiah


class FundingOpened(FundingBudgetEvent):
    """A funding line has been opened: a payer has set money aside for contributions of a budget year.

    Emitted when the line is approved. From now on decrees may be paid from it, never beyond its amount.
    """

    TOPIC = "funding.opened"

    opened_on: Annotated[BusinessDate, about("Day of approval in East Kalimantan.")]
    legal_basis: Annotated[
        CleanText, about("Number of the budget document (DPA) or regulation.", source="PP 12/2019; Permendagri 77/2020")
    ]

    @classmethod
    def example(cls) -> FundingOpened:
        """The province's line of 2026 for 100,000 workers."""
        return cls(
            aggregate_version=1,
            **examples.PROVINCE_BUDGET,
            amounts_rupiah={"JKK": Rupiah(12_000_000_000), "JKM": Rupiah(8_160_000_000)},
            amount_rupiah=Rupiah(20_160_000_000),
            opened_on=date(2026, 1, 5),
            legal_basis="DPA-SKPD 2026/1.02.01",
        )
