"""The fact that what is known of an employer has changed."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import EmployerStateEvent
from shared.contracts.fields import BusinessLine, IsRegisteredAtBpjs
from shared.contracts.values import BusinessDate, Codes, about


class EmployerChanged(EmployerStateEvent):
    """What is known of an employer has changed; the event carries the state after the change.

    Emitted when a class, the programmes, the region or the number of workers change.
    """

    TOPIC = "employer.changed"

    bpjs_registered: IsRegisteredAtBpjs
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
    business_line: BusinessLine = None

    @classmethod
    def example(cls) -> EmployerChanged:
        """The plantation has grown."""
        return cls(
            aggregate_version=2,
            **examples.PLANTATION,
            size_class="besar",
            risk_class=3,
            programmes=("JKK", "JKM", "JHT", "JP"),
            worker_count=420,
            bpjs_registered=True,
            changed_on=date(2026, 12, 1),
            changed=("size-class", "worker-count"),
            business_line="01262",
        )
