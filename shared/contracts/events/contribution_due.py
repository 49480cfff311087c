"""The fact that a contribution is owed for a month."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import (
    Amount,
    ContributionRef,
    CoveredMonth,
    Payer,
    PayingSubject,
    ProgrammeAmounts,
    SubjectOccupation,
    SubjectRegency,
    WorkerCount,
)
from shared.contracts.values import BusinessDate, Code, about, require_sum
from shared.ids import EmployerId, WorkerId
from shared.money import Rupiah
from shared.periods import Month


class ContributionDue(Event):
    """A contribution has been assessed for a month and is owed until due_on.

    Emitted by subsidy for an informal worker once the money is reserved, by compliance for an employer. Emitted again
    with a higher aggregate_version and the new amounts when the assessment is revised; the highest version holds.
    """

    TOPIC = "contribution.due"
    KEY_FIELD = "subject_id"

    contribution_id: ContributionRef
    payer_kind: Payer
    subject_id: PayingSubject
    region_code: SubjectRegency
    occupation_code: SubjectOccupation
    month: CoveredMonth
    amounts_rupiah: ProgrammeAmounts
    amount_rupiah: Amount
    due_on: Annotated[
        BusinessDate,
        about(
            "Last day to pay. Informal workers: the 15th of the same month; employers: the 15th of the "
            "next; the next working day if that is a holiday.",
            source="PP 44/2015",
        ),
    ]
    worker_count: WorkerCount
    funding_line_id: Annotated[
        UUID | None, about("The funding line that has reserved the money; null unless a subsidy.")
    ] = None
    group_id: Annotated[UUID | None, about("Group (wadah) on whose bill it stands; null for an employer.")] = None
    income_band: Annotated[
        int | None,
        Field(ge=1, le=99),
        about("Income band of an informal worker; null for an employer.", source="PP 44/2015 Annex II"),
    ] = None
    tariff: Annotated[
        Code | None, about("Which published tariff was applied; its rows and citations are in the payer's rate table.")
    ] = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        require_sum(self.amounts_rupiah, self.amount_rupiah)
        return self

    @property
    def worker_id(self) -> WorkerId | None:
        """The worker whose month it is; None when an employer owes it."""
        return None if self.payer_kind == "employer" else WorkerId(self.subject_id)

    @property
    def employer_id(self) -> EmployerId | None:
        """The employer who owes it; None when it is an informal worker's."""
        return EmployerId(self.subject_id) if self.payer_kind == "employer" else None

    @classmethod
    def example(cls) -> ContributionDue:
        """The province owes the fisher's November."""
        return cls(
            aggregate_version=1,
            contribution_id=examples.CONTRIBUTION,
            payer_kind="subsidy",
            subject_id=examples.WORKER,
            region_code="6402",
            occupation_code="K11",
            month=Month(2026, 11),
            amounts_rupiah={"JKK": Rupiah(10_000), "JKM": Rupiah(6_800)},
            amount_rupiah=Rupiah(16_800),
            due_on=date(2026, 11, 16),
            worker_count=1,
            funding_line_id=examples.FUNDING_LINE,
            group_id=examples.GROUP,
            income_band=1,
            tariff="bpu-2015-07",
        )
