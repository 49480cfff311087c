"""One simulated time, and each service's own idea of it: machines' clocks are off by seconds, and are set anew."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.clock import ManualClock


class SkewedClock:
    """The simulated time plus what this machine's clock is wrong by."""

    def __init__(self, true_time: ManualClock) -> None:
        self._true_time = true_time
        self.wrong_by = timedelta()

    def now(self) -> datetime:
        """What this machine believes."""
        return self._true_time.now() + self.wrong_by
