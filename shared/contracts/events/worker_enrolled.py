"""The fact that a person is protected."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts import examples
from shared.contracts.families import WorkerEvent
from shared.contracts.fields import CoveredProgrammes, ParticipantKind
from shared.contracts.values import BusinessDate, ContributionMonth, about
from shared.periods import Month


class WorkerEnrolled(WorkerEvent):
    """BPJS Ketenagakerjaan has accepted a person as a participant: cover begins.

    Emitted at acceptance. A return after a lapse is a new enrolment with a higher enrolment_number: old arrears are
    dropped and waiting times start again.
    """

    TOPIC = "worker.enrolled"

    participant_kind: ParticipantKind
    programmes: CoveredProgrammes
    enrolled_on: Annotated[BusinessDate, about("Day of acceptance by BPJS Ketenagakerjaan.")]
    cover_from: Annotated[ContributionMonth, about("First covered contribution month.")]
    enrolment_number: Annotated[
        int,
        Field(ge=1, le=1000),
        about(
            "1 for the first enrolment, one more for each return after a lapse or exit.",
            source="PP 44/2015: a return after three unpaid months is a new enrolment",
        ),
    ]
    group_id: Annotated[
        UUID | None, about("Group (wadah) through which BPJS bills the cover, for example a decree's.")
    ] = None

    @classmethod
    def example(cls) -> WorkerEnrolled:
        """The fisher's cover begins."""
        return cls(
            aggregate_version=2,
            **examples.FISHER,
            participant_kind="bpu",
            programmes=("JKK", "JKM"),
            enrolled_on=date(2026, 10, 5),
            cover_from=Month(2026, 10),
            enrolment_number=1,
            group_id=examples.GROUP,
        )
