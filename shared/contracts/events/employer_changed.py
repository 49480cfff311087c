"""The fact that what is known of an employer has changed."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import BusinessRegency, CoveredProgrammes, EmployerRef
from shared.contracts.values import BusinessDate, Codes, Count, RiskClass, SizeClass, about


class EmployerChanged(Event):
    """What is known of an employer has changed; the event carries the state after the change.

    Emitted when a class, the programmes, the region or the number of workers change.
    """

    TOPIC = "employer.changed"
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
    bpjs_registered: Annotated[bool, about("Whether BPJS Ketenagakerjaan knows the employer.")]
    changed_on: Annotated[BusinessDate, about("Day since when it holds.")]
    changed: Annotated[
        Codes,
        about(
            "What changed.",
            known={
                "region": "region_code",
                "size-class": "size_class",
                "risk-class": "risk_class",
                "programmes": "programmes",
                "worker-count": "worker_count",
                "business-line": "business_line",
                "bpjs-registered": "bpjs_registered",
                "closed": "the business has ended",
            },
        ),
    ]
    business_line: Annotated[
        str | None, Field(pattern=r"^[0-9]{5}$"), about("Line of business, 5-digit KBLI code; null if unknown.")
    ] = None

    @classmethod
    def example(cls) -> EmployerChanged:
        """The plantation has grown."""
        return cls(
            aggregate_version=2,
            employer_id=examples.EMPLOYER,
            region_code="6408",
            size_class="besar",
            risk_class=3,
            programmes=("JKK", "JKM", "JHT", "JP"),
            worker_count=420,
            bpjs_registered=True,
            changed_on=date(2026, 12, 1),
            changed=("size-class", "worker-count"),
            business_line="01262",
        )
