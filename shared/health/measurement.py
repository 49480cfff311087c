"""What a check gives: a status, the figure behind it, and for whoever is on duty a sentence of what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Status(StrEnum):
    """How a check stands. A warning is shown and counted, but does not turn the answer to no."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One look. ``figure`` is in ``unit``; ``advice`` is empty when there is nothing to do.

    ``restart_helps`` says that the process itself is stuck, so that a new one would get on: the watchdog acts on it.
    """

    status: Status
    figure: float | None = None
    unit: str = ""
    advice: str = ""
    restart_helps: bool = False


class Probe(Protocol):
    """Something that can be measured. It may raise; that counts as failed, and only the class of the error is shown."""

    @property
    def name(self) -> str:
        """A short name with underscores, unique within an answer."""
        ...

    async def measure(self) -> Measurement:
        """Look now. It is given up after a few seconds."""
        ...


def within(figure: float, limit: float, unit: str, advice: str, *, restart_helps: bool = False) -> Measurement:
    """Ok up to ``limit``, failed with ``advice`` above it."""
    rounded = round(figure, 3)
    if figure <= limit:
        return Measurement(Status.OK, rounded, unit)
    return Measurement(Status.FAILED, rounded, unit, advice, restart_helps)
