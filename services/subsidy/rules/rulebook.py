"""The tables that decide, read once when a process starts and handed to whoever decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.subsidy.rules.budget import load_warning_months
from services.subsidy.rules.tariff import Tariff, load_tariff
from shared.business_calendar import BusinessCalendar, HolidaysUnknownError
from shared.due_dates import DueDates, DueDayUnknownError, Segment
from shared.periods import Month


@dataclass(frozen=True)
class Rulebook:
    """Tariff, due dates, and how early an office is warned."""

    tariff: Tariff
    due_dates: DueDates
    warning_months: int

    def due_on(self, month: Month) -> date | None:
        """The last day to pay an informal worker's month; None while the year's holidays or its due day are unknown."""
        try:
            return self.due_dates.due_date(month, Segment.BPU)
        except (HolidaysUnknownError, DueDayUnknownError):
            return None


def load_rulebook() -> Rulebook:
    """Read all tables, once in a process. Raises ValueError naming the file and what to correct."""
    return Rulebook(load_tariff(), DueDates(BusinessCalendar()), load_warning_months())
