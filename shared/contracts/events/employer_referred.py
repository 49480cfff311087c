"""The fact that a case has been handed to an authority."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from shared.contracts import examples
from shared.contracts.families import EmployerCaseEvent
from shared.contracts.values import BusinessDate, Code, about
from shared.money import NonNegativeRupiah, Rupiah


class EmployerReferred(EmployerCaseEvent):
    """A compliance case has been handed to another authority.

    Emitted when the file is handed over. For one debt the state attorney and the state auction
    office exclude each other.
    """

    TOPIC = "employer.referred"

    referred_to: Annotated[
        Code,
        about(
            "Which authority.",
            known={
                "wasnaker": "labour inspection of the province",
                "kejaksaan": "state attorney by special power of attorney (SKK)",
                "kpknl": "state assets and auction office",
            },
            source="PP 86/2013 Art. 14; PMK 54/2024 for kpknl",
        ),
    ]
    referred_on: Annotated[BusinessDate, about("Day of the hand-over.")]
    debt_rupiah: Annotated[NonNegativeRupiah, about("Contributions and fines owed on that day.", unit="rupiah")]
    months_in_arrears: Annotated[int, Field(ge=0, le=1200), about("Unpaid contribution months.", unit="months")]

    @classmethod
    def example(cls) -> EmployerReferred:
        """Handed to the state attorney."""
        return cls(
            aggregate_version=2,
            **examples.CASE_OF_ARREARS,
            referred_to="kejaksaan",
            referred_on=date(2027, 3, 15),
            debt_rupiah=Rupiah(212_342_256),
            months_in_arrears=4,
        )
