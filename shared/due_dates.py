"""When an iuran must be paid: the law's day, which differs between wage earners and others, on the next working day.

The days are an effective-dated table with citations (``shared/reference/due_day.csv``). It is law, alike for every
service, so it stands here and not in one of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Final

from shared.business_calendar import BusinessCalendar
from shared.periods import Month
from shared.reference import REFERENCE_FOLDER, read_table

DUE_DAY_FILE: Final = REFERENCE_FOLDER / "due_day.csv"


class Segment(StrEnum):
    """The participant segment, on which due dates, fines and programmes depend."""

    PU = "PU"  # Penerima Upah: paid workers, the employer pays
    BPU = "BPU"  # Bukan Penerima Upah: everybody else, whoever pays for them


@dataclass(frozen=True, slots=True)
class DueDay:
    """One row of the table: from ``first_month`` to ``last_month`` (None: still valid) the iuran of a month is due on
    ``day``, ``months_later`` months after it."""

    segment: Segment
    first_month: Month
    last_month: Month | None
    day: int
    months_later: int
    source: str

    def covers(self, month: Month) -> bool:
        """Whether this row decides for contribution month ``month``."""
        return self.first_month <= month and (self.last_month is None or month <= self.last_month)


class DueDayUnknownError(LookupError):
    """No row of the table covers the contribution month."""

    def __init__(self, segment: Segment, month: Month) -> None:
        super().__init__(
            f"No due day is on record for {segment} and contribution month {month}. Add a row with the law that sets "
            f"it to {DUE_DAY_FILE.name} (from August 2020 to January 2021 PP 49/2020 set other days)."
        )
        self.segment, self.month = segment, month


class DueDates:
    """Due dates from a table of due days and a business calendar.

    Raises ValueError at the start when two rows of a segment cover the same month.
    """

    def __init__(self, calendar: BusinessCalendar, due_days: Iterable[DueDay] | None = None) -> None:
        self._calendar = calendar
        self._due_days = load_due_days() if due_days is None else tuple(due_days)
        for earlier, later in _neighbours(self._due_days):
            if earlier.last_month is None or later.first_month <= earlier.last_month:
                raise ValueError(
                    f"Two due days of {later.segment} cover {later.first_month}; end the older row the month before."
                )

    def rule(self, month: Month, segment: Segment) -> DueDay:
        """The row that decides, with its source. Raises DueDayUnknownError."""
        for row in self._due_days:
            if row.segment is segment and row.covers(month):
                return row
        raise DueDayUnknownError(segment, month)

    def due_date(self, month: Month, segment: Segment) -> date:
        """The last day to pay the iuran of contribution month ``month`` in time.

        PU for October 2026 is due in November, BPU for October 2026 in October. Raises DueDayUnknownError, and
        HolidaysUnknownError for a year whose holidays are not decreed.
        """
        row = self.rule(month, segment)
        return self._calendar.nth_day_or_next_working_day(month + row.months_later, row.day)


def load_due_days(path: Path = DUE_DAY_FILE) -> tuple[DueDay, ...]:
    """Read the table. Raises ValueError when a value is not of its kind."""
    columns = ("segment", "first_month", "last_month", "day", "months_later", "source", "confidence")
    return tuple(
        DueDay(
            Segment(row["segment"]),
            Month.parse(row["first_month"]),
            Month.parse(row["last_month"]) if row["last_month"] else None,
            int(row["day"]),
            int(row["months_later"]),
            row["source"],
        )
        for row in read_table(path, columns)
    )


def _neighbours(due_days: tuple[DueDay, ...]) -> Iterable[tuple[DueDay, DueDay]]:
    """Rows of one segment that follow each other in time."""
    ordered = sorted(due_days, key=lambda row: (row.segment, row.first_month))
    return ((one, two) for one, two in pairwise(ordered) if one.segment is two.segment)
