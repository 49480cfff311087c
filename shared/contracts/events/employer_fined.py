"""The fact that an employer has been fined."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from shared.contracts import examples
from shared.contracts.families import EmployerCaseEvent
from shared.contracts.values import BusinessDate, about
from shared.money import NonNegativeRupiah, Rupiah


class EmployerFined(EmployerCaseEvent):
    """The administrative fine of 0.1 % per month has been imposed on an employer after two warnings.

    Emitted when it is imposed. Not to be mixed with the late fine of 2 % per month, which employer.late carries.
    """

    TOPIC = "employer.fined"

    basis_rupiah: Annotated[NonNegativeRupiah, about("Contributions that should have been paid.", unit="rupiah")]
    months: Annotated[int, Field(ge=1, le=1200), about("Months that the fine is counted for.", unit="months")]
    fine_rupiah: Annotated[
        NonNegativeRupiah,
        about("The administrative fine: 0.1 % of the basis per month.", unit="rupiah", source="PP 86/2013 Art. 5-8"),
    ]
    imposed_on: Annotated[BusinessDate, about("Day when it was imposed.")]
    pay_by: Annotated[BusinessDate, about("Last day to pay.")]

    @classmethod
    def example(cls) -> EmployerFined:
        """The fine after the second warning."""
        return cls(
            aggregate_version=2,
            **examples.CASE_OF_ARREARS,
            basis_rupiah=Rupiah(50_557_680),
            months=3,
            fine_rupiah=Rupiah(151_673),
            imposed_on=date(2027, 1, 29),
            pay_by=date(2027, 2, 28),
        )
