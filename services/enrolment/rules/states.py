"""The words for where things of enrolment stand; the database holds the same ones (tests/enrolment/test_states.py)."""

from __future__ import annotations

from enum import StrEnum


class RosterState(StrEnum):
    """How far a roster has got."""

    RECEIVED = "received"
    READING = "reading"
    READ = "read"  # waits for a second person
    ACCEPTED = "accepted"
    REGISTERING = "registering"
    REGISTERED = "registered"
    REFUSED = "refused"


class RowStatus(StrEnum):
    """What became of a roster's row."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class MembershipStatus(StrEnum):
    """Where a person stands."""

    REGISTERED = "registered"
    VERIFIED = "verified"
    REJECTED = "rejected"
    ENROLLED = "enrolled"
    LAPSING = "lapsing"
    LAPSED = "lapsed"
    EXITED = "exited"


class Outcome(StrEnum):
    """What a decision comes to."""

    VERIFIED = "verified"
    REJECTED = "rejected"


class DecisionKind(StrEnum):
    """Who decides: the rules, or an officer."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Origin(StrEnum):
    """How a person came: with a roster, or entered by an officer."""

    ROSTER = "roster"
    OFFICER = "officer"


class CheckListKind(StrEnum):
    """What a check list says of those whom it names."""

    DECEASED = "deceased"
    WAGE_WORKER = "wage-worker"


class MemberState(StrEnum):
    """Where a worker stands in a group at BPJS."""

    WAITING = "waiting"  # for a list
    LISTED = "listed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # no grant was left before a list


class ListState(StrEnum):
    """How far a list for BPJS has got."""

    CUT = "cut"
    WRITTEN = "written"


class FileState(StrEnum):
    """What became of a file from BPJS. One that is set aside is not recorded: it is tried again later."""

    IMPORTED = "imported"
    REFUSED = "refused"
    SET_ASIDE = "set-aside"
