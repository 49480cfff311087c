"""The warning that nobody pays a worker's month."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import model_validator

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import CoveredMonth, HomeRegency, Occupation, ProgrammeAmounts, WorkerRef
from shared.contracts.values import BusinessDate, Code, about, require_sum
from shared.money import NonNegativeRupiah, Rupiah
from shared.periods import Month


class ContributionUnfunded(Event):
    """A worker who was to be subsidised has no payer for a month.

    Emitted by the month run instead of contribution.due, once per worker and month and again if the reason changes.
    """

    TOPIC = "contribution.unfunded"
    KEY_FIELD = "worker_id"

    worker_id: WorkerRef
    region_code: HomeRegency
    occupation_code: Occupation
    month: CoveredMonth
    amounts_rupiah: ProgrammeAmounts
    amount_rupiah: Annotated[NonNegativeRupiah, about("What the month would cost.", unit="rupiah")]
    reason: Annotated[
        Code,
        about(
            "Why.",
            known={
                "budget-exhausted": "the funding line has no money left",
                "line-closed": "the funding line is closed or not open yet",
                "no-grant": "no decree grants this month",
                "no-account": "a programme has no budget account",
                "payer-conflict": "two payers claim the month and the case is open",
                "not-eligible": "the worker is not eligible in this month",
                "run-billed": "the month was billed before the worker came; a further pass pays with a further bill",
            },
        ),
    ]
    noticed_on: Annotated[BusinessDate, about("Day of the month run.")]
    funding_line_id: Annotated[UUID | None, about("The funding line that could not pay; null if there is none.")] = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        require_sum(self.amounts_rupiah, self.amount_rupiah)
        return self

    @classmethod
    def example(cls) -> ContributionUnfunded:
        """December finds no money."""
        return cls(
            aggregate_version=2,
            worker_id=examples.WORKER,
            region_code="6402",
            occupation_code="K11",
            month=Month(2026, 12),
            amounts_rupiah={"JKK": Rupiah(10_000), "JKM": Rupiah(6_800)},
            amount_rupiah=Rupiah(16_800),
            reason="budget-exhausted",
            noticed_on=date(2026, 12, 1),
            funding_line_id=examples.FUNDING_LINE,
        )
