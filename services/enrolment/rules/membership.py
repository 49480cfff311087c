"""The states of a membership and the moves between them: the one place that says what may follow what.

registered → verified | rejected; verified → enrolled → lapsing → lapsed; a return after a lapse is a new enrolment.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from services.enrolment.rules.states import MembershipStatus

_S = MembershipStatus
MOVES: Final = frozenset(
    {
        (_S.REGISTERED, _S.VERIFIED),
        (_S.REGISTERED, _S.REJECTED),
        (_S.VERIFIED, _S.REJECTED),  # a new decision
        (_S.REJECTED, _S.VERIFIED),
        (_S.VERIFIED, _S.ENROLLED),
        (_S.ENROLLED, _S.LAPSING),
        (_S.LAPSING, _S.ENROLLED),  # paid in time
        (_S.LAPSING, _S.LAPSED),
        (_S.ENROLLED, _S.LAPSED),  # the clock stood still for months
        (_S.LAPSED, _S.ENROLLED),  # a return
        (_S.ENROLLED, _S.EXITED),
        (_S.LAPSING, _S.EXITED),
        (_S.EXITED, _S.ENROLLED),  # a return
    }
)

# BPJS bills these; a new group does not enrol them again.
COVERED: Final = frozenset({_S.ENROLLED, _S.LAPSING})


class MoveNotAllowedError(Exception):
    """The membership cannot go from ``current`` to ``wanted``."""

    def __init__(self, current: MembershipStatus, wanted: MembershipStatus) -> None:
        super().__init__(f"A membership that is {current} does not become {wanted}; look at its history.")


def move(current: MembershipStatus, wanted: MembershipStatus) -> MembershipStatus:
    """``wanted``. Raises MoveNotAllowedError where that may not follow ``current``."""
    if (current, wanted) not in MOVES:
        raise MoveNotAllowedError(current, wanted)
    return wanted


class Acceptance(StrEnum):
    """What an acceptance by BPJS means for a person."""

    ENROLS = "enrols"
    ALREADY_COVERED = "already-covered"
    UNEXPECTED = "unexpected"  # never verified, or rejected since: somebody has to look


def on_accepted(current: MembershipStatus) -> Acceptance:
    """What follows when BPJS accepts somebody who is ``current``."""
    if current in COVERED:
        return Acceptance.ALREADY_COVERED
    return Acceptance.ENROLS if (current, MembershipStatus.ENROLLED) in MOVES else Acceptance.UNEXPECTED
