"""The request to deny an employer public services."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from shared.contracts import examples
from shared.contracts.families import EmployerCaseEvent
from shared.contracts.values import BusinessDate, Codes, RegionCode, about


class EmployerSanctionRequested(EmployerCaseEvent):
    """BPJS Ketenagakerjaan's request to deny an employer public services (TMP2T) goes to the government in charge.

    Emitted per request. Permit offices act on it until employer.sanction-lifted.
    """

    TOPIC = "employer.sanction-requested"

    sanction_id: Annotated[UUID, about("The sanction, from request to lifting.")]
    services: Annotated[
        Codes,
        about(
            "Public services that are to be denied (TMP2T).",
            known={
                "business-permit": "business permits",
                "tender-permit": "permits to take part in tenders",
                "foreign-worker-permit": "permits to employ foreign workers",
                "labour-supply-permit": "permits to supply labour",
                "building-permit": "building permits",
            },
            source="PP 86/2013 Art. 5-8; Permenaker 4/2018",
        ),
    ]
    requested_of: Annotated[
        RegionCode, about("Province or regency whose government is asked.", source="Kemendagri region codes")
    ]
    requested_on: Annotated[BusinessDate, about("Day of the request.")]

    @classmethod
    def example(cls) -> EmployerSanctionRequested:
        """No more building permits."""
        return cls(
            aggregate_version=2,
            **examples.CASE_OF_ARREARS,
            sanction_id=examples.SANCTION,
            services=("business-permit", "building-permit"),
            requested_of="6408",
            requested_on=date(2027, 4, 5),
        )
