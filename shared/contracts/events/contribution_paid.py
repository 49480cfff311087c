"""The fact that a contribution has reached BPJS."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import model_validator

from shared.contracts import examples
from shared.contracts.families import ContributionEvent
from shared.contracts.fields import ProgrammeAmounts, WorkerCount
from shared.contracts.values import BusinessDate, about, sum_agrees
from shared.money import NonNegativeRupiah, Rupiah


class ContributionPaid(ContributionEvent):
    """BPJS Ketenagakerjaan has confirmed a payment of a contribution.

    Emitted per confirmed payment; an employer may pay in parts. The month is covered when outstanding_rupiah is 0.
    """

    TOPIC = "contribution.paid"

    payment_id: Annotated[UUID, about("The confirmed payment; the same for all contributions that it settled.")]
    amounts_rupiah: ProgrammeAmounts
    amount_rupiah: Annotated[
        NonNegativeRupiah, about("What this payment paid of the contribution, without fines.", unit="rupiah")
    ]
    fine_rupiah: Annotated[
        NonNegativeRupiah,
        about(
            "What this payment paid of the late fine of 2 % per month; 0 for informal workers, who owe none.",
            unit="rupiah",
            source="PP 44/2015",
        ),
    ]
    outstanding_rupiah: Annotated[
        NonNegativeRupiah, about("What is still owed of the contribution after this payment.", unit="rupiah")
    ]
    paid_on: Annotated[BusinessDate, about("Day when the money left.")]
    confirmed_on: Annotated[BusinessDate, about("Day when BPJS Ketenagakerjaan confirmed it.")]
    worker_count: WorkerCount
    funding_line_id: Annotated[UUID | None, about("The funding line that paid; null unless a subsidy.")] = None
    disbursement_id: Annotated[
        UUID | None, about("The disbursement (SPP, SPM, SP2D) that paid; null unless a subsidy.")
    ] = None

    _agree = model_validator(mode="after")(sum_agrees)

    @classmethod
    def example(cls) -> ContributionPaid:
        """The fisher's November is paid."""
        return cls(
            aggregate_version=2,
            **examples.NOVEMBER,
            payment_id=examples.PAYMENT,
            **examples.PREMIUM,
            fine_rupiah=Rupiah(0),
            outstanding_rupiah=Rupiah(0),
            paid_on=date(2026, 11, 12),
            confirmed_on=date(2026, 11, 13),
            worker_count=1,
            funding_line_id=examples.FUNDING_LINE,
            disbursement_id=examples.DISBURSEMENT,
        )
