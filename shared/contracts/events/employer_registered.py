"""The fact that an employer is known."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import BusinessRegency, CoveredProgrammes, EmployerRef
from shared.contracts.values import BusinessDate, Count, RiskClass, SizeClass, about


class EmployerRegistered(Event):
    """An employer is known to the programme, with the classes that decide what it owes.

    Emitted once per employer.
    """

    TOPIC = "employer.registered"
    KEY_FIELD = "employer_id"

    employer_id: EmployerRef
    region_code: BusinessRegency
    size_class: Annotated[
        SizeClass,
        about(
            "Size of the business; decides which programmes are compulsory.",
            source="PP 7/2021; Perpres 109/2013 Art. 6(3)",
        ),
    ]
    risk_class: Annotated[
        RiskClass,
        about(
            "Work-accident risk class, 1 very low to 5 very high; decides the JKK rate.",
            source="PP 44/2015 Art. 16(1); PP 82/2019 Annex I",
        ),
    ]
    programmes: CoveredProgrammes
    worker_count: Annotated[Count, about("Registered workers.", unit="workers")]
    registered_on: Annotated[
        BusinessDate, about("Day of registration at BPJS Ketenagakerjaan, or of discovery if not registered there.")
    ]
    bpjs_registered: Annotated[bool, about("Whether BPJS Ketenagakerjaan knows the employer.")]
    business_line: Annotated[
        str | None, Field(pattern=r"^[0-9]{5}$"), about("Line of business, 5-digit KBLI code; null if unknown.")
    ] = None

    @classmethod
    def example(cls) -> EmployerRegistered:
        """A plantation in Kutai Timur."""
        return cls(
            aggregate_version=1,
            employer_id=examples.EMPLOYER,
            region_code="6408",
            size_class="menengah",
            risk_class=3,
            programmes=("JKK", "JKM", "JHT", "JP"),
            worker_count=142,
            registered_on=date(2026, 8, 3),
            bpjs_registered=True,
            business_line="01262",
        )
