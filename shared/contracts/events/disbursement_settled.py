"""The fact that it is known what became of a payment."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from shared.contracts import examples
from shared.contracts.families import DisbursementEvent
from shared.contracts.values import BusinessDate, Code, about
from shared.money import NonNegativeRupiah, Rupiah


class DisbursementSettled(DisbursementEvent):
    """It is known what became of a payment: BPJS Ketenagakerjaan confirmed it, in full or in part, or it came back.

    Emitted once the outcome is certain. confirmed_rupiah is compared with the bill and the roster; a difference is a
    case for reconciliation.
    """

    TOPIC = "disbursement.settled"

    settled_on: Annotated[BusinessDate, about("Day since when the outcome is known.")]
    outcome: Annotated[
        Code,
        about(
            "What became of it.",
            known={
                "paid": "confirmed in full",
                "paid-in-part": "confirmed with a difference",
                "returned": "the bank sent it back",
                "cancelled": "withdrawn before it was paid",
            },
        ),
    ]
    confirmed_rupiah: Annotated[NonNegativeRupiah, about("What BPJS Ketenagakerjaan has confirmed.", unit="rupiah")]
    payment_id: Annotated[UUID | None, about("The confirmed payment; null if none was.")]

    @classmethod
    def example(cls) -> DisbursementSettled:
        """November is paid in full."""
        return cls(
            aggregate_version=2,
            **examples.BILL_OF_NOVEMBER,
            settled_on=date(2026, 11, 13),
            outcome="paid",
            confirmed_rupiah=Rupiah(1_680_000_000),
            payment_id=examples.PAYMENT,
        )
