"""The fact that cover is lost."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import HomeRegency, Occupation, WorkerRef
from shared.contracts.values import BusinessDate, ContributionMonth, Months, about
from shared.periods import Month


class WorkerLapsed(Event):
    """An enrolled person's cover has ended because three consecutive months are unpaid.

    Emitted once per lapse. Coming back is a new enrolment with fresh checks; waiting times may start again.
    """

    TOPIC = "worker.lapsed"
    KEY_FIELD = "worker_id"

    worker_id: WorkerRef
    region_code: HomeRegency
    occupation_code: Occupation
    lapsed_on: Annotated[BusinessDate, about("First day without membership.")]
    unpaid_months: Annotated[
        Months,
        about("Consecutive unpaid contribution months, oldest first.", source="PP 44/2015; cover ends after three"),
    ]
    last_paid_month: Annotated[ContributionMonth | None, about("Last paid month; null if none was ever paid.")]
    enrolment_number: Annotated[int, Field(ge=1, le=1000), about("The enrolment that ended, 1 for the first.")]

    @classmethod
    def example(cls) -> WorkerLapsed:
        """Three months unpaid."""
        return cls(
            aggregate_version=2,
            worker_id=examples.WORKER,
            region_code="6402",
            occupation_code="K11",
            lapsed_on=date(2027, 1, 1),
            unpaid_months=(Month(2026, 10), Month(2026, 11), Month(2026, 12)),
            last_paid_month=Month(2026, 9),
            enrolment_number=1,
        )
