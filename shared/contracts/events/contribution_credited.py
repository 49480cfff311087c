"""The fact that too much was paid and is given back."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import model_validator

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import (
    ContributionRef,
    CoveredMonth,
    Payer,
    PayingSubject,
    ProgrammeAmounts,
    SubjectOccupation,
    SubjectRegency,
)
from shared.contracts.values import BusinessDate, Code, ContributionMonth, about, require_sum
from shared.ids import EmployerId, WorkerId
from shared.money import NonNegativeRupiah, Rupiah
from shared.periods import Month


class ContributionCredited(Event):
    """A contribution was paid that was not owed, wholly or in part; the amount is credited or refunded.

    Emitted once per credit. The amounts are what is given back, as positive numbers.
    """

    TOPIC = "contribution.credited"
    KEY_FIELD = "subject_id"

    contribution_id: ContributionRef
    payer_kind: Payer
    subject_id: PayingSubject
    region_code: SubjectRegency
    occupation_code: SubjectOccupation
    month: CoveredMonth
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

    @model_validator(mode="after")
    def _agree(self) -> Self:
        require_sum(self.amounts_rupiah, self.amount_rupiah)
        return self

    @property
    def worker_id(self) -> WorkerId | None:
        """The worker whose month it is; None when an employer owes it."""
        return None if self.payer_kind == "employer" else WorkerId(self.subject_id)

    @property
    def employer_id(self) -> EmployerId | None:
        """The employer who owes it; None when it is an informal worker's."""
        return EmployerId(self.subject_id) if self.payer_kind == "employer" else None

    @classmethod
    def example(cls) -> ContributionCredited:
        """An employer had covered the same month."""
        return cls(
            aggregate_version=2,
            contribution_id=examples.CONTRIBUTION,
            payer_kind="subsidy",
            subject_id=examples.WORKER,
            region_code="6402",
            occupation_code="K11",
            month=Month(2026, 11),
            credit_id=examples.CREDIT,
            amounts_rupiah={"JKK": Rupiah(10_000), "JKM": Rupiah(6_800)},
            amount_rupiah=Rupiah(16_800),
            reason="employed",
            settlement="next-months",
            applied_month=Month(2027, 1),
            credited_on=date(2026, 12, 8),
            funding_line_id=examples.FUNDING_LINE,
        )
