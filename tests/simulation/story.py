"""What happened in a history, in words and in order, and a hash of it by which two runs are told apart."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Protocol


class _Clock(Protocol):
    def now(self) -> datetime: ...


class Story:
    """Lines with their simulated moment."""

    def __init__(self, clock: _Clock) -> None:
        self._clock = clock
        self.lines: list[str] = []

    def tell(self, line: str) -> None:
        """Something happened."""
        self.lines.append(f"{self._clock.now():%Y-%m-%d %H:%M:%S} {line}")

    def digest(self) -> str:
        """The same for the same history."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()
