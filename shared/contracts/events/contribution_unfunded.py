"""The warning that nobody pays a worker's month."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import model_validator

from shared.contracts import examples
from shared.contracts.families import WorkerEvent
from shared.contracts.fields import CoveredMonth, ProgrammeAmounts
from shared.contracts.values import BusinessDate, Code, about, sum_agrees
from shared.money import NonNegativeRupiah
from shared.periods import Month


class ContributionUnfunded(WorkerEvent):
    """A worker who was to be subsidised has no payer for a month.

    Emitted by the month run instead of contribution.due, once per worker and month and again if the reason changes.
    """

    TOPIC = "contribution.unfunded"

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

    _agree = model_validator(mode="after")(sum_agrees)

    @classmethod
    def example(cls) -> ContributionUnfunded:
        """December finds no money."""
        return cls(
            aggregate_version=2,
            **examples.FISHER,
            month=Month(2026, 12),
            **examples.PREMIUM,
            reason="budget-exhausted",
            noticed_on=date(2026, 12, 1),
            funding_line_id=examples.FUNDING_LINE,
        )
