"""The warning that money will not last."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import FundingLineEvent
from shared.contracts.fields import YearBudget
from shared.contracts.values import BusinessDate, ContributionMonth, Count, about
from shared.money import NonNegativeRupiah, Rupiah
from shared.periods import Month


class FundingRunningOut(FundingLineEvent):
    """A funding line will run out before its last month at the present rate.

    Emitted when the forecast first shows it and again when the forecast changes. Workers need another payer from the
    month after last_funded_month, or their cover lapses.
    """

    TOPIC = "funding.running-out"

    amount_rupiah: YearBudget
    reserved_rupiah: Annotated[
        NonNegativeRupiah, about("Reserved for assessed months that are not paid yet.", unit="rupiah")
    ]
    spent_rupiah: Annotated[NonNegativeRupiah, about("Paid so far.", unit="rupiah")]
    monthly_need_rupiah: Annotated[
        NonNegativeRupiah, about("What one more month costs at the present number of workers.", unit="rupiah per month")
    ]
    last_funded_month: Annotated[
        ContributionMonth | None, about("Last month that can be paid in full; null if none can.")
    ]
    worker_count: Annotated[Count, about("Workers whose cover depends on the line.", unit="workers")]
    noticed_on: Annotated[BusinessDate, about("Day of the forecast.")]

    @classmethod
    def example(cls) -> FundingRunningOut:
        """One month of money is left."""
        return cls(
            aggregate_version=2,
            **examples.PROVINCE_LINE,
            amount_rupiah=Rupiah(20_160_000_000),
            reserved_rupiah=Rupiah(1_680_000_000),
            spent_rupiah=Rupiah(16_800_000_000),
            monthly_need_rupiah=Rupiah(1_680_000_000),
            last_funded_month=Month(2026, 12),
            worker_count=100_000,
            noticed_on=date(2026, 11, 2),
        )
