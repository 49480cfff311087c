"""The fact that somebody will pay for a worker."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.contracts import examples
from shared.contracts.families import WorkerEvent
from shared.contracts.fields import (
    CoveredProgrammes,
    DecreeRef,
    FirstMonth,
    FundingLineRef,
    FundingSource,
    GrantRef,
    LastMonth,
)
from shared.contracts.values import BusinessDate, CleanText, about, require_order
from shared.periods import Month


class SubsidyGranted(WorkerEvent):
    """A decree (SK) grants that a payer pays a worker's contributions for the given months.

    Emitted per worker when the decree is in force. A grant is a promise; cover follows payment of each month.
    """

    TOPIC = "subsidy.granted"

    grant_id: GrantRef
    decree_id: DecreeRef
    funding_line_id: FundingLineRef
    funding_source: FundingSource
    decree_number: Annotated[CleanText, about("Official number of the decree, unique per issuer and year.")]
    group_id: Annotated[UUID | None, about("Group (wadah) through which BPJS bills the decree.")]
    first_month: FirstMonth
    last_month: LastMonth
    programmes: CoveredProgrammes
    income_band: Annotated[
        int,
        Field(ge=1, le=99),
        about("Income band (1 is the lowest) that the contribution is taken from.", source="PP 44/2015 Annex II"),
    ]
    granted_on: Annotated[BusinessDate, about("Day since when the decree is in force.")]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        require_order(self.first_month, self.last_month)
        return self

    @classmethod
    def example(cls) -> SubsidyGranted:
        """The province pays for the fisher."""
        return cls(
            aggregate_version=1,
            **examples.FISHER,
            grant_id=examples.GRANT,
            decree_id=examples.DECREE,
            funding_line_id=examples.FUNDING_LINE,
            funding_source="apbd-province",
            decree_number="560/K.412/2026",
            group_id=examples.GROUP,
            first_month=Month(2026, 10),
            last_month=Month(2026, 12),
            programmes=("JKK", "JKM"),
            income_band=1,
            granted_on=date(2026, 10, 1),
        )
