"""What follows from trying to hand a message over: arrived, again later, given up, or nobody knows.

An unknown outcome is never tried again by itself: a second message would be worse than a person looking.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto


class Kind(Enum):
    """How a hand-over ended, as far as the channel knows."""

    ARRIVED = auto()  # it is where the recipient reads it
    ACCEPTED = auto()  # the carrier has taken it
    TEMPORARY = auto()  # not taken, may be taken later
    PERMANENT = auto()  # not taken, never will be
    UNKNOWN = auto()  # it may or may not have been taken
    NOT_TRIED = auto()  # nothing was begun; still to do


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one message's hand-over ended. ``reason`` is a code of notification.failed; ``tried``: the carrier was
    asked, which counts as an attempt."""

    kind: Kind
    reason: str | None = None
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

    state: str
    reason: str | None = None
    not_before: datetime | None = None


_AFTER = {Kind.ARRIVED: "delivered", Kind.ACCEPTED: "sent", Kind.UNKNOWN: "unknown"}


def step_after(outcome: Outcome, attempts: int, patience: Patience, moment: datetime) -> Step:
    """What becomes of a message that was tried ``attempts`` times, this one included."""
    if outcome.kind in _AFTER:
        return Step(_AFTER[outcome.kind])
    if outcome.kind is Kind.NOT_TRIED:
        return Step("queued", not_before=moment)
    if outcome.kind is Kind.PERMANENT or attempts >= patience.max_attempts:
        return Step("failed", outcome.reason or "expired")
    return Step("queued", not_before=moment + patience.pause(attempts))
