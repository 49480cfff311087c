"""The fact that public services are open to an employer again."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from shared.contracts import examples
from shared.contracts.families import EmployerCaseEvent
from shared.contracts.values import BusinessDate, Code, about


class EmployerSanctionLifted(EmployerCaseEvent):
    """A request to deny an employer public services has ended: permit offices serve the employer again.

    Emitted once per sanction.
    """

    TOPIC = "employer.sanction-lifted"

    sanction_id: Annotated[UUID, about("The sanction that ends.")]
    lifted_on: Annotated[BusinessDate, about("Day since when it holds.")]
    reason: Annotated[
        Code,
        about(
            "Why.",
            known={
                "duties-met": "the employer has met its duties",
                "objection-upheld": "an objection was upheld",
                "court-order": "a court has ordered it",
                "withdrawn": "the request was withdrawn",
            },
            source="Permenaker 4/2018",
        ),
    ]

    @classmethod
    def example(cls) -> EmployerSanctionLifted:
        """Everything is paid."""
        return cls(
            aggregate_version=2,
            **examples.CASE_OF_ARREARS,
            sanction_id=examples.SANCTION,
            lifted_on=date(2027, 6, 2),
            reason="duties-met",
        )
