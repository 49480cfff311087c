"""The fact that a person may take part."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import WorkerEvent
from shared.contracts.fields import DecisionKind, DecisionRef, ParticipantKind
from shared.contracts.values import BusinessDate, about


class WorkerVerified(WorkerEvent):
    """A registered person has been checked and may take part in the programme.

    Emitted when the checks (identity, duplicates, age, working, not employed, poverty status) are passed and decided.
    A payer may now grant a subsidy. Emitted again with a higher aggregate_version after a new decision.
    """

    TOPIC = "worker.verified"

    participant_kind: ParticipantKind
    verified_on: Annotated[BusinessDate, about("Day of the decision in East Kalimantan.")]
    decision_id: DecisionRef
    decision_kind: DecisionKind

    @classmethod
    def example(cls) -> WorkerVerified:
        """The fisher, checked by an officer."""
        return cls(
            aggregate_version=2,
            **examples.FISHER,
            participant_kind="bpu",
            verified_on=date(2026, 9, 21),
            decision_id=examples.DECISION,
            decision_kind="manual",
        )
