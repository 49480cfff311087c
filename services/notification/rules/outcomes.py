"""What follows from trying to hand a message over: arrived, again later, given up, or nobody knows.

An unknown outcome is never tried again by itself: a second message would be worse than a person looking.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notification.rules.states import FailureReason, MessageState, OutcomeKind


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one message's hand-over ended. ``tried``: the carrier was asked, which counts as an attempt."""

    kind: OutcomeKind
    reason: FailureReason | None = None
    tried: bool = True


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a message is tried and how long is waited in between: ``first`` doubled each time up to ``longest``."""

    max_attempts: int
    first: timedelta
    longest: timedelta

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after ``attempts`` failed ones."""
        doubled: int = 2 ** min(attempts - 1, 20)
        return min(self.first * doubled, self.longest)


@dataclass(frozen=True, slots=True)
class Step:
    """A message's next state. ``not_before`` is set where it is tried again."""

    state: MessageState
    reason: FailureReason | None = None
    not_before: datetime | None = None


_AFTER = {
    OutcomeKind.ARRIVED: Step(MessageState.DELIVERED),
    OutcomeKind.ACCEPTED: Step(MessageState.SENT),
    OutcomeKind.UNKNOWN: Step(MessageState.UNKNOWN),
}


def step_after(outcome: Outcome, attempts: int, patience: Patience, moment: datetime) -> Step:
    """What becomes of a message that was tried ``attempts`` times, this one included."""
    if (step := _AFTER.get(outcome.kind)) is not None:
        return step
    if outcome.kind is OutcomeKind.NOT_TRIED:
        return Step(MessageState.QUEUED, not_before=moment)
    if outcome.kind is OutcomeKind.PERMANENT or attempts >= patience.max_attempts:
        return Step(MessageState.FAILED, outcome.reason or FailureReason.EXPIRED)
    return Step(MessageState.QUEUED, not_before=moment + patience.pause(attempts))
