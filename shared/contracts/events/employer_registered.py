"""The fact that an employer is known."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import EmployerStateEvent
from shared.contracts.fields import BusinessLine, IsRegisteredAtBpjs
from shared.contracts.values import BusinessDate, about


class EmployerRegistered(EmployerStateEvent):
    """An employer is known to the programme, with the classes that decide what it owes.

    Emitted once per employer.
    """

    TOPIC = "employer.registered"

    registered_on: Annotated[
        BusinessDate, about("Day of registration at BPJS Ketenagakerjaan, or of discovery if not registered there.")
    ]
    bpjs_registered: IsRegisteredAtBpjs
    business_line: BusinessLine = None

    @classmethod
    def example(cls) -> EmployerRegistered:
        """A plantation in Kutai Timur."""
        return cls(
            aggregate_version=1,
            **examples.PLANTATION,
            size_class="menengah",
            risk_class=3,
            programmes=("JKK", "JKM", "JHT", "JP"),
            worker_count=142,
            registered_on=date(2026, 8, 3),
            bpjs_registered=True,
            business_line="01262",
        )
