"""The suspicion that an employer breaks its duties."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import EmployerEvent
from shared.contracts.fields import BREACHES, CaseRef
from shared.contracts.values import BusinessDate, Code, Codes, ContributionMonth, Count, about
from shared.money import NonNegativeRupiah, Rupiah
from shared.periods import Month


class EmployerBreachSuspected(EmployerEvent):
    """A detector suspects that an employer breaks its duties. Nothing is proven; an inspector looks into it.

    Emitted once per case and again when the evidence changes.
    """

    TOPIC = "employer.breach-suspected"

    case_id: CaseRef
    breach: Annotated[Code, about("What is suspected.", known=BREACHES, source="names used by BPJS Ketenagakerjaan")]
    detectors: Annotated[
        Codes,
        about(
            "Which checks struck.",
            known={
                "wage-below-minimum": "reported wage below the minimum wage",
                "same-wage-for-all": "one wage for all workers",
                "wage-unchanged": "wages unchanged for years",
                "worker-count-differs": "fewer workers than another register shows",
                "programmes-missing": "fewer programmes than the size requires",
                "subsidised-worker": "a worker on the subsidy list is a wage worker there",
                "unpaid": "contributions unpaid",
            },
        ),
    ]
    suspected_on: Annotated[BusinessDate, about("Day of the check.")]
    worker_count: Annotated[Count, about("Workers concerned.", unit="workers")]
    month: Annotated[ContributionMonth | None, about("The month it was seen in; null if not bound to one.")] = None
    shortfall_rupiah: Annotated[
        NonNegativeRupiah | None, about("Estimated contribution withheld; null if not estimated.", unit="rupiah")
    ] = None

    @classmethod
    def example(cls) -> EmployerBreachSuspected:
        """Wages far below the minimum wage."""
        return cls(
            aggregate_version=2,
            **examples.PLANTATION,
            case_id=examples.CASE,
            breach="pds-upah",
            detectors=("wage-below-minimum", "same-wage-for-all"),
            suspected_on=date(2026, 11, 20),
            worker_count=142,
            month=Month(2026, 10),
            shortfall_rupiah=Rupiah(12_480_000),
        )
