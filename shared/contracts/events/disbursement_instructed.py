"""The fact that the treasury has ordered payment of a bill (SP2D)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import DisbursementEvent
from shared.contracts.values import BusinessDate, CleanText, about


class DisbursementInstructed(DisbursementEvent):
    """The treasury (BUD) has ordered the bank to pay a bill: the SP2D is recorded.

    Emitted once per SP2D. The outcome is not known yet: only disbursement.settled says that the money has arrived.
    """

    TOPIC = "disbursement.instructed"

    instructed_on: Annotated[BusinessDate, about("Date of the SP2D.", source="PP 12/2019; Permendagri 77/2020")]
    document_number: Annotated[CleanText, about("Number of the SP2D, unique per issuer and year.")]

    @classmethod
    def example(cls) -> DisbursementInstructed:
        """The SP2D for November."""
        return cls(
            aggregate_version=2,
            **examples.BILL_OF_NOVEMBER,
            instructed_on=date(2026, 11, 12),
            document_number="SP2D/04517/2026",
        )
