"""The fact that a person has been put forward for the programme."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from shared.contracts import examples
from shared.contracts.families import WorkerEvent
from shared.contracts.fields import ParticipantKind
from shared.contracts.values import BusinessDate, Code, about


class WorkerRegistered(WorkerEvent):
    """A person has been put forward for the programme and is waiting for verification.

    Emitted once per registration, by hand or from an accepted roster. Nothing is decided yet: worker.verified or
    worker.rejected follows.
    """

    TOPIC = "worker.registered"

    participant_kind: ParticipantKind
    registered_on: Annotated[BusinessDate, about("Day of registration in East Kalimantan.")]
    origin: Annotated[
        Code,
        about(
            "How the person came into the list.",
            known={
                "roster": "row of an uploaded roster",
                "officer": "entered by an officer",
                "agent": "brought by an enrolment agent (Perisai)",
                "self": "own application",
            },
        ),
    ]
    import_id: Annotated[UUID | None, about("The accepted roster import, if there was one.")] = None

    @classmethod
    def example(cls) -> WorkerRegistered:
        """A fisher of Kutai Kartanegara from a village roster."""
        return cls(
            aggregate_version=1,
            **examples.FISHER,
            participant_kind="bpu",
            registered_on=date(2026, 9, 14),
            origin="roster",
            import_id=examples.IMPORT,
        )
