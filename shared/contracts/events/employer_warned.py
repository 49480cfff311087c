"""The fact that an employer has been warned in writing."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts import examples
from shared.contracts.families import EmployerCaseEvent
from shared.contracts.values import BusinessDate, about


class EmployerWarned(EmployerCaseEvent):
    """A written warning has been served on an employer.

    Emitted when the service of the letter is on file, since the time to answer runs from then.
    """

    TOPIC = "employer.warned"

    warning_number: Annotated[
        int, Field(ge=1, le=2), about("First or second written warning.", source="PP 86/2013 Art. 5-8")
    ]
    letter_id: Annotated[UUID, about("The letter on file.")]
    served_on: Annotated[BusinessDate, about("Day when the letter was served.")]
    answer_by: Annotated[
        BusinessDate, about("Last day to comply: at most 10 working days after service.", source="PP 86/2013 Art. 5-8")
    ]

    @classmethod
    def example(cls) -> EmployerWarned:
        """The first warning."""
        return cls(
            aggregate_version=2,
            **examples.CASE_OF_ARREARS,
            warning_number=1,
            letter_id=examples.REPORT,
            served_on=date(2026, 12, 21),
            answer_by=date(2027, 1, 8),
        )
