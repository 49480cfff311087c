"""A step of a year: somebody comes to a desk on a day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from shared.clock import WITA
from tests.simulation.world import World

YEAR: Final = 2026
Work = Callable[[World], Awaitable[None]]


@dataclass(frozen=True)
class Step:
    """Something that somebody does at ``at``."""

    at: datetime
    words: str
    work: Work
    is_awaited: bool = False  # people wait for what comes of it before anybody goes on
    night: date | None = None  # whose clock of lapses this step is


def moment(day: date, hour: int = 10) -> datetime:
    """An hour in WITA."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=WITA).astimezone(UTC)


def start_of_year() -> datetime:
    """10:00 WITA on the first working day of the year."""
    return moment(date(YEAR, 1, 5))
