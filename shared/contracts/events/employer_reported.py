"""The fact that an employer has reported wages."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts import examples
from shared.contracts.families import EmployerEvent
from shared.contracts.fields import CoveredMonth
from shared.contracts.values import BusinessDate, Count, about
from shared.money import NonNegativeRupiah, Rupiah
from shared.periods import Month


class EmployerReported(EmployerEvent):
    """An employer has reported the wages of a month; the contribution is assessed from it.

    Emitted per report. A correction is a new report with a higher revision and replaces the earlier one.
    Internal, since the sum may be one person's wage.
    """

    TOPIC = "employer.reported"

    report_id: Annotated[UUID, about("The report.")]
    month: CoveredMonth
    revision: Annotated[
        int, Field(ge=1, le=10_000), about("1 for the first report of the month, one more per correction.")
    ]
    worker_count: Annotated[Count, about("Reported workers.", unit="workers")]
    wages_rupiah: Annotated[
        NonNegativeRupiah,
        about("Sum of reported wages (basic pay and fixed allowances).", unit="rupiah", source="PP 44/2015"),
    ]
    reported_on: Annotated[BusinessDate, about("Day of the report.")]

    @classmethod
    def example(cls) -> EmployerReported:
        """October's wages."""
        return cls(
            aggregate_version=2,
            **examples.PLANTATION,
            report_id=examples.REPORT,
            month=Month(2026, 10),
            revision=1,
            worker_count=142,
            wages_rupiah=Rupiah(511_200_000),
            reported_on=date(2026, 11, 3),
        )
