"""The fact that a person may not take part, and why."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import WorkerEvent
from shared.contracts.fields import DecisionKind, DecisionRef
from shared.contracts.values import BusinessDate, Codes, about


class WorkerRejected(WorkerEvent):
    """A registered person has been checked and may not take part, for the reasons given.

    Emitted once per decision. A later decision may reverse it with worker.verified.
    """

    TOPIC = "worker.rejected"

    rejected_on: Annotated[BusinessDate, about("Day of the decision in East Kalimantan.")]
    reasons: Annotated[
        Codes,
        about(
            "Why, most important first.",
            known={
                "identity-invalid": "identity number malformed or unknown",
                "duplicate": "the person is registered already",
                "deceased": "recorded as deceased",
                "too-young": "younger than the programme's age limit",
                "too-old": "older than the programme's age limit",
                "not-working": "does not work",
                "employed": "is a wage worker of an employer",
                "already-covered": "has cover that another payer pays",
                "not-poor": "not among the poor or extremely poor of the decree",
                "outside-area": "does not live in the funding region",
                "occupation-not-listed": "occupation is not in the programme's list",
            },
            source="Pergub Kaltim 40/2025; PP 49/2023 Art. 5",
        ),
    ]
    decision_id: DecisionRef
    decision_kind: DecisionKind

    @classmethod
    def example(cls) -> WorkerRejected:
        """A day labourer who turned out to be a wage worker."""
        return cls(
            aggregate_version=2,
            worker_id=examples.OTHER_WORKER,
            region_code="6471",
            occupation_code="K19",
            rejected_on=date(2026, 9, 21),
            reasons=("employed",),
            decision_id=examples.DECISION,
            decision_kind="automatic",
        )
