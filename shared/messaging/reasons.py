"""Why an event is parked: stable codes, with the sentence that an operator reads and whether the key waits.

The sentences never hold a value from the record, since a foreign record may carry personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from pydantic import ValidationError


class ParkCode(StrEnum):
    """Stable reason codes; documents and alerts refer to them."""

    HEADER_UNREADABLE = "header-unreadable"
    HEADER_FOREIGN = "header-foreign"
    HEADERS_TOO_LARGE = "headers-too-large"
    ENVELOPE_INCOMPLETE = "envelope-incomplete"
    WRITER_FOREIGN = "writer-foreign"
    VERSION_UNKNOWN = "version-unknown"
    KEY_MISMATCH = "key-mismatch"
    BODY_MISSING = "body-missing"
    BODY_TOO_LARGE = "body-too-large"
    BODY_UNREADABLE = "body-unreadable"
    BODY_INVALID = "body-invalid"
    TIME_IN_FUTURE = "time-in-future"
    ID_REUSED = "id-reused"
    HANDLER_REFUSED = "handler-refused"
    HANDLER_FAILED = "handler-failed"
    FOLLOWS_PARKED = "follows-parked"


SENTENCES: Mapping[ParkCode, str] = {
    ParkCode.HEADER_UNREADABLE: "A header is missing its value or is not readable text. Ask the writer to mend it, "
    "then drop this event.",
    ParkCode.HEADER_FOREIGN: "The record asks for a reply, which no writer of Payung does. Find out who writes to "
    "this topic before dropping the event.",
    ParkCode.HEADERS_TOO_LARGE: "The headers are larger than Payung reads. Ask the writer to mend it, then drop it.",
    ParkCode.ENVELOPE_INCOMPLETE: "A CloudEvents attribute is missing or malformed. Ask the writer to mend it, "
    "then drop this event.",
    ParkCode.WRITER_FOREIGN: "The sender named in the envelope may not write to this topic. Find out who it is "
    "before dropping the event.",
    ParkCode.VERSION_UNKNOWN: "This program does not know the schema version. Deploy the newer program, then replay.",
    ParkCode.KEY_MISMATCH: "The record's key is not the identifier in its body, so its order is not assured. "
    "Ask the writer to mend it, then drop this event.",
    ParkCode.BODY_MISSING: "The record has no body and this topic knows no deletions. Drop it when the writer has "
    "been told.",
    ParkCode.BODY_TOO_LARGE: "The body is larger than Payung reads. Ask the writer to mend it, then drop this event.",
    ParkCode.BODY_UNREADABLE: "The body is no JSON object, so that it says nothing of anybody. Find out who writes to "
    "this topic before dropping the event.",
    ParkCode.BODY_INVALID: "The body does not fit the schema.",
    ParkCode.TIME_IN_FUTURE: "The event says that it happens in the future. Check the writer's clock; replay when "
    "that time has come or drop it.",
    ParkCode.ID_REUSED: "Another event with the same identifier but another body was applied before. Ask the writer "
    "which one holds, then drop this one.",
    ParkCode.HANDLER_REFUSED: "The service refused the event.",
    ParkCode.HANDLER_FAILED: "The service failed on this event. Mend the cause (see the log of then), then replay.",
    ParkCode.FOLLOWS_PARKED: "An earlier event of the same key is parked; this one waits so that the order is kept.",
}


class Hold(NamedTuple):
    """Whether an event that is parked for a reason holds back the later events of its key, and because of what."""

    holds: bool
    because: str


# An event holds its key when envelope and body say that it is the owner's event of that key, and when it can still be
# applied in its place (docs/adr/0040). A record that lacks either would hold people back for nothing.
HOLDS_KEY: Mapping[ParkCode, Hold] = {
    ParkCode.HEADER_UNREADABLE: Hold(False, "The owner's relay writes each header with a value, in ASCII."),
    ParkCode.HEADER_FOREIGN: Hold(False, "The owner's relay asks for no reply."),
    ParkCode.HEADERS_TOO_LARGE: Hold(False, "The owner's relay writes nine headers, far below the limit."),
    ParkCode.ENVELOPE_INCOMPLETE: Hold(False, "The owner's relay leaves nothing out; so nobody says whose it is."),
    ParkCode.WRITER_FOREIGN: Hold(False, "It says itself that it is not the owner's."),
    ParkCode.VERSION_UNKNOWN: Hold(True, "It is the owner's, and the newer program applies it in its place."),
    ParkCode.KEY_MISMATCH: Hold(False, "Its body is not about this key."),
    ParkCode.BODY_MISSING: Hold(False, "No owner can write a deletion mark on such a topic."),
    ParkCode.BODY_TOO_LARGE: Hold(False, "The owner's outbox takes no event above the readers' limit."),
    ParkCode.BODY_UNREADABLE: Hold(False, "It is no event, and no program will make one of it."),
    ParkCode.BODY_INVALID: Hold(True, "It is the owner's and names the key; a mended program applies it in its place."),
    ParkCode.TIME_IN_FUTURE: Hold(True, "It is the owner's, and can be applied when that time has come."),
    ParkCode.ID_REUSED: Hold(False, "It can never be applied, so that nothing is gained by waiting."),
    ParkCode.HANDLER_REFUSED: Hold(True, "It is the owner's, and applied in its place once the cause is gone."),
    ParkCode.HANDLER_FAILED: Hold(True, "It is the owner's, and applied in its place by a mended program."),
    ParkCode.FOLLOWS_PARKED: Hold(True, "It is good, and has its place before every later one."),
}
HOLDING = frozenset(code for code, rule in HOLDS_KEY.items() if rule.holds)


@dataclass(frozen=True, slots=True)
class ParkReason:
    """A code and what the operator reads: the table's sentence plus a detail without any value of the record."""

    code: ParkCode
    detail: str = ""

    @property
    def holds_key(self) -> bool:
        """Whether later events of the same key wait behind an event that is parked for this."""
        return self.code in HOLDING

    @property
    def sentence(self) -> str:
        """The whole text for people."""
        return f"{SENTENCES[self.code]} {self.detail}".replace("\x00", "").strip()[:900]


class EventsRejectedError(Exception):
    """A handler refuses events for good. They are parked with the given details; the other events are applied.

    ``details`` maps event id to a sentence without personal data.
    """

    def __init__(self, details: Mapping[UUID, str]) -> None:
        super().__init__(f"{len(details)} events refused")
        self.details = dict(details)


class TransientFailureError(Exception):
    """A handler asks for another try later: what it needs is not there yet. Nothing of the batch is kept."""


def describe_validation_error(error: ValidationError, limit: int = 5) -> str:
    """Name the fields that are wrong and how, without the values."""
    found = [
        f"{'.'.join(str(part) for part in item['loc'][:6]) or 'body'}: {item['type']}"
        for item in error.errors(include_url=False, include_context=False, include_input=False)[:limit]
    ]
    more = error.error_count() - len(found)
    return f"Wrong: {'; '.join(found)}{f' and {more} more' if more > 0 else ''}."


def describe_exception(error: BaseException) -> str:
    """The kind of a failure without its message, which may quote values."""
    origin = getattr(error, "orig", None) or error
    sqlstate = getattr(origin, "sqlstate", None)
    constraint = getattr(origin, "constraint_name", None)
    parts = [type(origin).__name__]
    if sqlstate:
        parts.append(f"SQLSTATE {sqlstate}")
    if constraint:
        parts.append(f"constraint {constraint}")
    return f"Failure: {', '.join(parts)}."
