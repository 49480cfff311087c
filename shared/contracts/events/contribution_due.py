"""The fact that a contribution is owed for a month."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from shared.contracts import examples
from shared.contracts.families import ContributionEvent
from shared.contracts.fields import Amount, ProgrammeAmounts, WorkerCount
from shared.contracts.values import BusinessDate, Code, about, sum_agrees


class ContributionDue(ContributionEvent):
    """A contribution has been assessed for a month and is owed until due_on.

    Emitted by subsidy for an informal worker once the money is reserved, by compliance for an employer. Emitted again
    with a higher aggregate_version and the new amounts when the assessment is revised; the highest version holds.
    """

    TOPIC = "contribution.due"

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

    _agree = model_validator(mode="after")(sum_agrees)

    @classmethod
    def example(cls) -> ContributionDue:
        """The province owes the fisher's November."""
        return cls(
            aggregate_version=1,
            **examples.NOVEMBER,
            **examples.PREMIUM,
            due_on=date(2026, 11, 16),
            worker_count=1,
            funding_line_id=examples.FUNDING_LINE,
            group_id=examples.GROUP,
            income_band=1,
            tariff="bpu-2015-07",
        )
