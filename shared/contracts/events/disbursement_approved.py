"""The fact that payment of a bill has been approved (SPM)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from shared.contracts import examples
from shared.contracts.families import DisbursementEvent
from shared.contracts.values import BusinessDate, CleanText, about


class DisbursementApproved(DisbursementEvent):
    """Payment of a bill has been approved by amount: the SPM is issued.

    Emitted once, when the last approval that the amount requires has been given. Today one is required of any amount.
    """

    TOPIC = "disbursement.approved"

    approved_on: Annotated[BusinessDate, about("Date of the SPM.", source="PP 12/2019; Permendagri 77/2020")]
    document_number: Annotated[CleanText, about("Number of the SPM.")]
    approval_count: Annotated[
        int, Field(ge=1, le=20), about("How many people have approved; each another than the submitter.")
    ]

    @classmethod
    def example(cls) -> DisbursementApproved:
        """Somebody else than the submitter has approved."""
        return cls(
            aggregate_version=2,
            **examples.BILL_OF_NOVEMBER,
            approved_on=date(2026, 11, 9),
            document_number="SPM-LS/0298/2026",
            approval_count=1,
        )
