"""The fact that too much was paid and is given back."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import model_validator

from shared.contracts import examples
from shared.contracts.families import ContributionEvent
from shared.contracts.fields import ProgrammeAmounts
from shared.contracts.values import BusinessDate, Code, ContributionMonth, about, sum_agrees
from shared.money import NonNegativeRupiah
from shared.periods import Month


class ContributionCredited(ContributionEvent):
    """A contribution was paid that was not owed, wholly or in part; the amount is credited or refunded.

    Emitted once per credit. The amounts are what is given back, as positive numbers.
    """

    TOPIC = "contribution.credited"

    credit_id: Annotated[UUID, about("The credit.")]
    amounts_rupiah: ProgrammeAmounts
    amount_rupiah: Annotated[NonNegativeRupiah, about("What is given back.", unit="rupiah")]
    reason: Annotated[
        Code,
        about(
            "Why.",
            known={
                "relief": "a lower tariff applied afterwards",
                "deceased": "the worker had died before the month",
                "other-payer": "another payer had paid the month",
                "employed": "an employer covered the month",
                "overpaid": "more than the bill was paid",
                "corrected": "an entry was wrong",
            },
            source="PP 50/2025 for relief",
        ),
    ]
    settlement: Annotated[
        Code,
        about(
            "How it is given back.",
            known={"next-months": "reduces the next bills", "refunded": "paid back to the payer (restitusi)"},
        ),
    ]
    applied_month: Annotated[
        ContributionMonth | None, about("The month whose bill it reduces; null if refunded or not yet known.")
    ]
    credited_on: Annotated[BusinessDate, about("Day of the credit.")]
    funding_line_id: Annotated[UUID | None, about("The funding line that gets it back; null unless a subsidy.")] = None

    _agree = model_validator(mode="after")(sum_agrees)

    @classmethod
    def example(cls) -> ContributionCredited:
        """An employer had covered the same month."""
        return cls(
            aggregate_version=2,
            **examples.NOVEMBER,
            credit_id=examples.CREDIT,
            **examples.PREMIUM,
            reason="employed",
            settlement="next-months",
            applied_month=Month(2027, 1),
            credited_on=date(2026, 12, 8),
            funding_line_id=examples.FUNDING_LINE,
        )
