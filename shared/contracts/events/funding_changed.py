"""The fact that a funding line is not what it was."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import FundingBudgetEvent
from shared.contracts.values import BusinessDate, CleanText, Code, about
from shared.money import NonNegativeRupiah, Rupiah


class FundingChanged(FundingBudgetEvent):
    """A funding line has changed; the event carries the state after the change.

    Emitted when the budget is amended (APBD Perubahan), the office in charge moves, or the line is closed.
    """

    TOPIC = "funding.changed"

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

    @classmethod
    def example(cls) -> FundingChanged:
        """More money through the amended budget."""
        return cls(
            aggregate_version=2,
            **examples.PROVINCE_BUDGET,
            amounts_rupiah={"JKK": Rupiah(13_000_000_000), "JKM": Rupiah(8_840_000_000)},
            amount_rupiah=Rupiah(21_840_000_000),
            changed_on=date(2026, 9, 28),
            reason="budget-amended",
            previous_amount_rupiah=Rupiah(20_160_000_000),
            legal_basis="DPPA-SKPD 2026/1.02.01",
        )
