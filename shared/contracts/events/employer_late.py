"""The fact that an employer has not paid in time."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from shared.contracts import examples
from shared.contracts.families import EmployerEvent
from shared.contracts.fields import ContributionRef, CoveredMonth
from shared.contracts.values import BusinessDate, Code, about
from shared.money import NonNegativeRupiah, Rupiah
from shared.periods import Month


class EmployerLate(EmployerEvent):
    """An employer's contribution is unpaid after its due date; the late fine grows by 2 % for each month of delay.

    Emitted the day after the due date and again for each further month of delay, with a higher aggregate_version.
    """

    TOPIC = "employer.late"

    contribution_id: ContributionRef
    month: CoveredMonth
    due_on: Annotated[
        BusinessDate, about("Last day to pay: the 15th of the next month or the next working day.", source="PP 44/2015")
    ]
    as_of: Annotated[BusinessDate, about("Day of this calculation.")]
    months_late: Annotated[
        int, Field(ge=1, le=1200), about("Begun months of delay, each of which adds to the fine.", unit="months")
    ]
    outstanding_rupiah: Annotated[
        NonNegativeRupiah, about("What is still owed of the contribution, without fine.", unit="rupiah")
    ]
    fine_rupiah: Annotated[
        NonNegativeRupiah,
        about(
            "Late fine so far: 2 % of the contribution per month of delay. "
            "Not the administrative fine of employer.fined.",
            unit="rupiah",
            source="PP 44/2015",
        ),
    ]
    ageing_class: Annotated[
        Code,
        about(
            "Class of the receivable by age. Its bounds differ by source and are a setting.",
            known={"lancar": "current", "kurang-lancar": "substandard", "diragukan": "doubtful", "macet": "bad"},
        ),
    ]

    @classmethod
    def example(cls) -> EmployerLate:
        """The plantation has not paid October."""
        return cls(
            aggregate_version=2,
            **examples.PLANTATION,
            contribution_id=examples.EMPLOYER_CONTRIBUTION,
            month=Month(2026, 10),
            due_on=date(2026, 11, 16),
            as_of=date(2026, 11, 17),
            months_late=1,
            outstanding_rupiah=Rupiah(50_557_680),
            fine_rupiah=Rupiah(1_011_154),
            ageing_class="lancar",
        )
