"""The tables that decide, read once when a process starts and handed to whoever decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from services.compliance.rules.cases import CaseKind, case_kinds
from services.compliance.rules.lateness import LatenessTables, load_lateness
from services.compliance.rules.tariff import (
    TariffTables,
    load_compulsory_programmes,
    load_tariffs,
    month_not_assessable,
)
from shared.business_calendar import BusinessCalendar, HolidaysUnknownError
from shared.cases import CaseKinds
from shared.contracts.values import SizeClass
from shared.due_dates import DueDates, DueDayUnknownError, Segment
from shared.periods import Month
from shared.reference import regencies


@dataclass(frozen=True)
class Rulebook:
    """What a month costs, when it is due, how lateness is counted; what files may say; the kinds of cases."""

    tariffs: TariffTables
    lateness: LatenessTables
    compulsory_programmes: Mapping[SizeClass, tuple[str, ...]]
    regencies: frozenset[str]
    due_dates: DueDates
    case_kinds: CaseKinds[CaseKind]

    def due_on(self, month: Month) -> date:
        """The last day to pay a contribution month: the 15th of the next one, or the next working day.

        Raises:
            RefusedError: "month-not-assessable", while the year's holidays or its due day are not on record.
        """
        try:
            return self.due_dates.due_date(month, Segment.PU)
        except (DueDayUnknownError, HolidaysUnknownError):
            raise month_not_assessable() from None


@cache
def load_rulebook() -> Rulebook:
    """Read all tables, once in a process. Raises ValueError naming the file and what to correct."""
    return Rulebook(
        load_tariffs(),
        load_lateness(),
        load_compulsory_programmes(),
        regencies(),
        DueDates(BusinessCalendar()),
        case_kinds(),
    )
