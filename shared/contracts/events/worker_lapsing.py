"""The warning that cover is about to be lost."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import WorkerEvent
from shared.contracts.fields import LastPaidMonth, UnpaidMonths
from shared.contracts.values import BusinessDate, about
from shared.periods import Month


class WorkerLapsing(WorkerEvent):
    """An enrolled person has one or two unpaid months: cover will lapse unless somebody pays.

    Emitted when a month passes its due date unpaid. The worker, the payer and the office in charge must act before
    pay_by.
    """

    TOPIC = "worker.lapsing"

    unpaid_months: UnpaidMonths
    last_paid_month: LastPaidMonth
    pay_by: Annotated[BusinessDate, about("Last day on which payment still keeps the membership.")]

    @classmethod
    def example(cls) -> WorkerLapsing:
        """October and November were not paid."""
        return cls(
            aggregate_version=2,
            **examples.FISHER,
            unpaid_months=(Month(2026, 10), Month(2026, 11)),
            last_paid_month=Month(2026, 9),
            pay_by=date(2026, 12, 15),
        )
