"""The fact that payment of a bill has been asked for (SPP)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import DisbursementEvent
from shared.contracts.values import BusinessDate, CleanText, about


class DisbursementSubmitted(DisbursementEvent):
    """The office in charge has asked for payment of a bill: the SPP is submitted.

    Emitted once per disbursement. It waits for approval by somebody else than the submitter.
    """

    TOPIC = "disbursement.submitted"

    submitted_on: Annotated[BusinessDate, about("Date of the SPP.", source="PP 12/2019; Permendagri 77/2020")]
    document_number: Annotated[CleanText, about("Number of the SPP.")]

    @classmethod
    def example(cls) -> DisbursementSubmitted:
        """The SPP for November."""
        return cls(
            aggregate_version=1,
            **examples.BILL_OF_NOVEMBER,
            submitted_on=date(2026, 11, 6),
            document_number="SPP-LS/0311/2026",
        )
