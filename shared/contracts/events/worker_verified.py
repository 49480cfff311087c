"""The fact that a person may take part."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import HomeRegency, Occupation, ParticipantKind, WorkerRef
from shared.contracts.values import BusinessDate, about


class WorkerVerified(Event):
    """A registered person has been checked and may take part in the programme.

    Emitted when the checks (identity, duplicates, age, working, not employed, poverty status) are passed and decided.
    A payer may now grant a subsidy. Emitted again with a higher aggregate_version after a new decision.
    """

    TOPIC = "worker.verified"
    KEY_FIELD = "worker_id"

    worker_id: WorkerRef
    region_code: HomeRegency
    occupation_code: Occupation
    participant_kind: ParticipantKind
    verified_on: Annotated[BusinessDate, about("Day of the decision in East Kalimantan.")]
    decision_id: Annotated[UUID, about("The decision receipt: rules, inputs and who decided.")]
    decision_kind: Annotated[
        Literal["manual", "automatic"],
        about("Whether a person or a rule decided. A manual decision outranks every automatic one."),
    ]

    @classmethod
    def example(cls) -> WorkerVerified:
        """The fisher, checked by an officer."""
        return cls(
            aggregate_version=2,
            worker_id=examples.WORKER,
            region_code="6402",
            occupation_code="K11",
            participant_kind="bpu",
            verified_on=date(2026, 9, 21),
            decision_id=examples.DECISION,
            decision_kind="manual",
        )
