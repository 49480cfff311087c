"""The fact that what is known of a person has changed."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import WorkerEvent
from shared.contracts.fields import ParticipantKind
from shared.contracts.values import BusinessDate, Codes, RegencyCode, about


class WorkerChanged(WorkerEvent):
    """What is known of a person has changed; the event carries the state after the change.

    Emitted when region, occupation or kind of participant change, or when private data (not shown here) were corrected.
    """

    TOPIC = "worker.changed"

    participant_kind: ParticipantKind
    changed_on: Annotated[BusinessDate, about("Day since when it holds.")]
    changed: Annotated[
        Codes,
        about(
            "What changed.",
            known={
                "region": "region_code",
                "occupation": "occupation_code",
                "participant-kind": "participant_kind",
                "identity": "private identity data",
                "contact": "how to reach the person",
            },
        ),
    ]
    previous_region_code: Annotated[
        RegencyCode | None, about("Regency before a move; null if the person did not move.")
    ] = None

    @classmethod
    def example(cls) -> WorkerChanged:
        """The fisher has moved to Bontang."""
        return cls(
            aggregate_version=2,
            worker_id=examples.WORKER,
            region_code="6474",
            occupation_code="K11",
            participant_kind="bpu",
            changed_on=date(2026, 12, 1),
            changed=("region", "contact"),
            previous_region_code="6402",
        )
