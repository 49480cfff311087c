"""The fact that a contribution has reached BPJS."""

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
    WorkerCount,
)
from shared.contracts.values import BusinessDate, about, require_sum
from shared.ids import EmployerId, WorkerId
from shared.money import NonNegativeRupiah, Rupiah
from shared.periods import Month


class ContributionPaid(Event):
    """BPJS Ketenagakerjaan has confirmed a payment of a contribution.

    Emitted per confirmed payment; an employer may pay in parts. The month is covered when outstanding_rupiah is 0.
    """

    TOPIC = "contribution.paid"
    KEY_FIELD = "subject_id"

    contribution_id: ContributionRef
    payer_kind: Payer
    subject_id: PayingSubject
    region_code: SubjectRegency
    occupation_code: SubjectOccupation
    month: CoveredMonth
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
    def example(cls) -> ContributionPaid:
        """The fisher's November is paid."""
        return cls(
            aggregate_version=2,
            contribution_id=examples.CONTRIBUTION,
            payer_kind="subsidy",
            subject_id=examples.WORKER,
            region_code="6402",
            occupation_code="K11",
            month=Month(2026, 11),
            payment_id=examples.PAYMENT,
            amounts_rupiah={"JKK": Rupiah(10_000), "JKM": Rupiah(6_800)},
            amount_rupiah=Rupiah(16_800),
            fine_rupiah=Rupiah(0),
            outstanding_rupiah=Rupiah(0),
            paid_on=date(2026, 11, 12),
            confirmed_on=date(2026, 11, 13),
            worker_count=1,
            funding_line_id=examples.FUNDING_LINE,
            disbursement_id=examples.DISBURSEMENT,
        )
