"""Keeps a faulty release from parking a million events one by one.

One event that fails is a culprit and is parked at once. When events fail one after the other and none succeeds, the
fault is hardly in them all: then only one more is parked at each retry of the batch, and the retries grow rarer. So a
mended release finds the events where they were, and a long run of really bad ones still ends.
"""

from __future__ import annotations

from shared.messaging.reasons import TransientFailureError

FAILURES_IN_A_ROW = 20


class ParkLimitError(TransientFailureError):
    """Handlers fail on one event after the other. Look at `event_failed` in the log and at the last release."""


class ParkLimit:
    """Counts events that failed alone, one after the other, without any success between."""

    def __init__(self, limit: int = FAILURES_IN_A_ROW) -> None:
        self._limit = limit
        self._failed = 0
        self._may_park = limit

    def begin_batch(self) -> None:
        """A batch, or a retry of one, begins."""
        self._may_park = max(1, self._limit - self._failed)

    def note_success(self) -> None:
        """An event was applied: the handlers work."""
        self._failed = 0
        self._may_park = self._limit

    def before_parking(self) -> None:
        """A handler failed on an event alone. Raises ParkLimitError if that has happened too often in a row."""
        if self._may_park == 0:
            raise ParkLimitError
        self._may_park -= 1
        self._failed += 1
