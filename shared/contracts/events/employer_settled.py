"""The fact that an employer has paid a month in full."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import EmployerEvent
from shared.contracts.fields import ContributionRef, CoveredMonth
from shared.contracts.values import BusinessDate, about
from shared.money import NonNegativeRupiah, Rupiah
from shared.periods import Month


class EmployerSettled(EmployerEvent):
    """An employer has paid a month's contribution and its late fine in full.

    Emitted once per month. It ends what employer.late began.
    """

    TOPIC = "employer.settled"

    contribution_id: ContributionRef
    month: CoveredMonth
    settled_on: Annotated[BusinessDate, about("Day when the last part was paid.")]
    paid_rupiah: Annotated[NonNegativeRupiah, about("Contribution paid in all, without fine.", unit="rupiah")]
    fine_paid_rupiah: Annotated[NonNegativeRupiah, about("Late fine paid in all.", unit="rupiah", source="PP 44/2015")]
    in_time: Annotated[bool, about("Whether everything was paid by the due date.")]

    @classmethod
    def example(cls) -> EmployerSettled:
        """October is paid, late."""
        return cls(
            aggregate_version=2,
            **examples.PLANTATION,
            contribution_id=examples.EMPLOYER_CONTRIBUTION,
            month=Month(2026, 10),
            settled_on=date(2026, 12, 4),
            paid_rupiah=Rupiah(50_557_680),
            fine_paid_rupiah=Rupiah(1_011_154),
            in_time=False,
        )
