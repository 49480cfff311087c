"""The fact that a person has left the programme."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import WorkerEvent
from shared.contracts.values import BusinessDate, Code, ContributionMonth, about
from shared.ids import WorkerId
from shared.periods import Month


class WorkerExited(WorkerEvent):
    """A person has left the programme for a reason other than unpaid months.

    Emitted once per exit. Payers stop paying after last_covered_month; for a death the heirs are told what to claim.
    """

    TOPIC = "worker.exited"

    exited_on: Annotated[BusinessDate, about("Day since when it holds; for a death, the day of death.")]
    last_covered_month: Annotated[ContributionMonth | None, about("Last month with cover; null if there was none.")]
    reason: Annotated[
        Code,
        about(
            "Why.",
            known={
                "deceased": "the person has died",
                "employed": "became a wage worker",
                "moved-away": "left the funding region",
                "not-working": "stopped working",
                "own-wish": "asked to leave",
                "age-limit": "reached the age limit",
                "term-ended": "elected term ended",
                "duplicate": "is the same person as merged_into",
                "registered-in-error": "should not have been registered",
            },
        ),
    ]
    merged_into: Annotated[WorkerId | None, about("The worker that stays, when the reason is duplicate.")] = None

    @classmethod
    def example(cls) -> WorkerExited:
        """The fisher has become a wage worker."""
        return cls(
            aggregate_version=2,
            **examples.FISHER,
            exited_on=date(2027, 2, 1),
            last_covered_month=Month(2027, 1),
            reason="employed",
        )
