"""The fact that somebody stops paying for a worker."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import WorkerEvent
from shared.contracts.fields import DecreeRef, FundingLineRef, GrantRef
from shared.contracts.values import BusinessDate, Code, ContributionMonth, about
from shared.periods import Month


class SubsidyEnded(WorkerEvent):
    """A payer stops paying a worker's contributions after last_month.

    Emitted when the decree runs out or the grant is ended early. Another payer, or the worker, must
    go on or cover lapses.
    """

    TOPIC = "subsidy.ended"

    grant_id: GrantRef
    decree_id: DecreeRef
    funding_line_id: FundingLineRef
    last_month: Annotated[ContributionMonth | None, about("Last month that is still paid; null if none was.")]
    ended_on: Annotated[BusinessDate, about("Day since when it holds.")]
    reason: Annotated[
        Code,
        about(
            "Why.",
            known={
                "decree-expired": "the decree's months are over",
                "budget-exhausted": "the funding line has no money left",
                "deceased": "the worker has died",
                "employed": "the worker became a wage worker",
                "moved-away": "the worker left the funding region",
                "other-payer": "another payer covers the same months",
                "lapsed": "the membership lapsed",
                "replaced": "an amended decree names somebody else",
                "withdrawn": "withdrawn by the payer",
            },
        ),
    ]

    @classmethod
    def example(cls) -> SubsidyEnded:
        """The decree has run out."""
        return cls(
            aggregate_version=2,
            **examples.FISHER,
            grant_id=examples.GRANT,
            decree_id=examples.DECREE,
            funding_line_id=examples.FUNDING_LINE,
            last_month=Month(2026, 12),
            ended_on=date(2026, 12, 31),
            reason="decree-expired",
        )
