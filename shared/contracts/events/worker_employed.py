"""The fact that a person in the programme is a wage worker."""

from __future__ import annotations

from typing import Annotated

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import EmployerRef, WorkerRef
from shared.contracts.values import Code, ContributionMonth, about
from shared.periods import Month


class WorkerEmployed(Event):
    """A person in the programme is, or is no longer, a wage worker of an employer, who must pay the contributions.

    Emitted when a wage report names a person whom the programme knows. Internal: it ties a person to an employer.
    """

    TOPIC = "worker.employed"
    KEY_FIELD = "worker_id"

    worker_id: WorkerRef
    employer_id: EmployerRef
    employed_from: Annotated[ContributionMonth, about("First month as a wage worker there.")]
    employed_until: Annotated[
        ContributionMonth | None, about("Last month as a wage worker there; null while it lasts.")
    ]
    source: Annotated[
        Code,
        about(
            "How it is known.",
            known={
                "wage-report": "named in the employer's wage report",
                "bpjs-file": "named in a file of BPJS Ketenagakerjaan",
                "inspection": "found by an inspector",
            },
        ),
    ]

    @classmethod
    def example(cls) -> WorkerEmployed:
        """The day labourer works for the plantation."""
        return cls(
            aggregate_version=2,
            worker_id=examples.OTHER_WORKER,
            employer_id=examples.EMPLOYER,
            employed_from=Month(2026, 9),
            employed_until=None,
            source="wage-report",
        )
