"""The fact that a service could not apply an event and has put it aside.

One schema, one topic per service: ``parked_by("subsidy")`` is the event of the topic ``subsidy.parked``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts import examples
from shared.contracts.base import LARGEST_EXACT_INTEGER, Event
from shared.contracts.values import CLEAN_PATTERN, CleanText, Code, UtcMoment, about

# Stable codes; the sentences that operators read are in shared/messaging/reasons.py.
REASONS = {
    "header-unreadable": "a header is missing its value or is no readable text",
    "header-foreign": "the record asks for a reply",
    "headers-too-large": "the headers are larger than Payung reads",
    "envelope-incomplete": "a CloudEvents attribute is missing or malformed",
    "writer-foreign": "the sender may not write to the topic",
    "version-unknown": "the schema version is not known to the program",
    "key-mismatch": "the key is not the identifier in the body",
    "body-missing": "no body on a topic that knows no deletion marks",
    "body-too-large": "the body is larger than Payung reads",
    "body-unreadable": "the body is no JSON object",
    "body-invalid": "the body does not fit the schema",
    "time-in-future": "the event says that it happens in the future",
    "id-reused": "the same identifier came with another body before",
    "handler-refused": "the service refused the event",
    "handler-failed": "the service failed on the event",
    "follows-parked": "an earlier event of the same key is parked",
}


class Parked(Event):
    """A service could not apply an event and has put it aside; later events of its key wait behind the owner's own.

    Emitted when an event is parked. An operator replays it or drops it with a reason; a record that is foreign or
    unreadable holds nobody back meanwhile. The event's body and key are never shown here, since a foreign record may
    hold personal data.
    """

    KEY_FIELD = "position"

    position: Annotated[
        int,
        Field(ge=1, le=LARGEST_EXACT_INTEGER),
        about("The parked event's number at the service, for replaying or dropping it."),
    ]
    topic: Annotated[CleanText, about("Topic it came from.")]
    partition: Annotated[int, Field(ge=0, le=100_000), about("Partition it came from.")]
    offset: Annotated[int, Field(ge=0, le=LARGEST_EXACT_INTEGER), about("Offset in that partition.")]
    event_id: Annotated[UUID | None, about("Its ce_id; null if that could not be read.")]
    reason: Annotated[Code, about("Why, as a stable code.", known=REASONS)]
    explanation: Annotated[
        str,
        Field(min_length=1, max_length=1000, pattern=CLEAN_PATTERN),
        about("Why, and what to do, for people. Holds no value of the event."),
    ]
    parked_at: Annotated[UtcMoment, about("When it was put aside, UTC.")]

    @classmethod
    def example(cls) -> Parked:
        """A body that does not fit the schema."""
        return cls(
            aggregate_version=1,
            position=7,
            topic="worker.enrolled",
            partition=4,
            offset=182_731,
            event_id=examples.CAUSE,
            reason="body-invalid",
            explanation="The body does not fit the schema. Wrong: cover_from: missing.",
            parked_at=datetime(2026, 11, 13, 2, 16, 40, tzinfo=UTC),
        )


@cache
def parked_by(service: str) -> type[Parked]:
    """The event of the topic ``<service>.parked``."""
    name = "".join(word.capitalize() for word in service.split("-")) + "Parked"
    return type(name, (Parked,), {"__module__": __name__, "__doc__": Parked.__doc__, "TOPIC": f"{service}.parked"})
