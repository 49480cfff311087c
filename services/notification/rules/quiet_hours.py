"""When people are left in peace: no SMS, WhatsApp or e-mail at night. A choice of the programme, not a law.

The hours are effective-dated data; messages that are ready in quiet hours leave when they end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Final

from shared.clock import WITA
from shared.reference import read_table

QUIET_HOURS_FILE: Final = Path(__file__).parent / "quiet_hours.csv"
_COLUMNS: Final = ("effective_from", "start", "end", "source", "confidence")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``start`` until ``end`` in WITA, over midnight where the end is earlier; equal times mean none."""

    effective_from: date
    start: time
    end: time

    def hold_at(self, clock_time: time) -> bool:
        """Whether this time of day is quiet; the start is, the end is not."""
        if self.start <= self.end:
            return self.start <= clock_time < self.end
        return clock_time >= self.start or clock_time < self.end


def is_quiet(moment: datetime, hours: Sequence[QuietHours]) -> bool:
    """Whether ``moment`` lies in the quiet hours in effect then. ``hours`` are in order of their first day."""
    local = moment.astimezone(WITA)
    for row in reversed(hours):
        if row.effective_from <= local.date():
            return row.hold_at(local.time())
    return False


def parse_quiet_hours(text: str) -> tuple[QuietHours, ...]:
    """Read ``20:00-07:00``, or ``none``.

    Raises:
        ValueError: saying what is expected.
    """
    if text == "none":
        return ()
    start, _, end = text.partition("-")
    try:
        return (QuietHours(date.min, time.fromisoformat(start), time.fromisoformat(end)),)
    except ValueError:
        raise ValueError("quiet hours are written HH:MM-HH:MM, for example 20:00-07:00, or none") from None


def load_quiet_hours(path: Path = QUIET_HOURS_FILE) -> tuple[QuietHours, ...]:
    """Read the table.

    Raises:
        ValueError: a value is not of its kind, or two rows begin on one day.
    """
    rows = sorted(
        (
            QuietHours(
                date.fromisoformat(row["effective_from"]),
                time.fromisoformat(row["start"]),
                time.fromisoformat(row["end"]),
            )
            for row in read_table(path, _COLUMNS)
        ),
        key=lambda row: row.effective_from,
    )
    if len({row.effective_from for row in rows}) < len(rows):
        raise ValueError(f"Two rows of {path.name} begin on one day; leave one of them out.")
    return tuple(rows)
