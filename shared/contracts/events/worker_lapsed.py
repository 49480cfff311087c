"""The fact that cover is lost."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from shared.contracts import examples
from shared.contracts.families import WorkerEvent
from shared.contracts.fields import LastPaidMonth, UnpaidMonths
from shared.contracts.values import BusinessDate, about
from shared.periods import Month


class WorkerLapsed(WorkerEvent):
    """An enrolled person's cover has ended because three consecutive months are unpaid.

    Emitted once per lapse. Coming back is a new enrolment with fresh checks; waiting times may start again.
    """

    TOPIC = "worker.lapsed"

    lapsed_on: Annotated[BusinessDate, about("First day without membership.")]
    unpaid_months: UnpaidMonths
    last_paid_month: LastPaidMonth
    enrolment_number: Annotated[int, Field(ge=1, le=1000), about("The enrolment that ended, 1 for the first.")]

    @classmethod
    def example(cls) -> WorkerLapsed:
        """Three months unpaid."""
        return cls(
            aggregate_version=2,
            **examples.FISHER,
            lapsed_on=date(2027, 1, 1),
            unpaid_months=(Month(2026, 10), Month(2026, 11), Month(2026, 12)),
            last_paid_month=Month(2026, 9),
            enrolment_number=1,
        )
