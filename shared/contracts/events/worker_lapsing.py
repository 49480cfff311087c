"""The warning that cover is about to be lost."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import HomeRegency, Occupation, WorkerRef
from shared.contracts.values import BusinessDate, ContributionMonth, Months, about
from shared.periods import Month


class WorkerLapsing(Event):
    """An enrolled person has one or two unpaid months: cover will lapse unless somebody pays.

    Emitted when a month passes its due date unpaid. The worker, the payer and the office in charge must act before
    pay_by.
    """

    TOPIC = "worker.lapsing"
    KEY_FIELD = "worker_id"

    worker_id: WorkerRef
    region_code: HomeRegency
    occupation_code: Occupation
    unpaid_months: Annotated[
        Months,
        about("Consecutive unpaid contribution months, oldest first.", source="PP 44/2015; cover ends after three"),
    ]
    last_paid_month: Annotated[ContributionMonth | None, about("Last paid month; null if none was ever paid.")]
    pay_by: Annotated[BusinessDate, about("Last day on which payment still keeps the membership.")]

    @classmethod
    def example(cls) -> WorkerLapsing:
        """October and November were not paid."""
        return cls(
            aggregate_version=2,
            worker_id=examples.WORKER,
            region_code="6402",
            occupation_code="K11",
            unpaid_months=(Month(2026, 10), Month(2026, 11)),
            last_paid_month=Month(2026, 9),
            pay_by=date(2026, 12, 15),
        )
