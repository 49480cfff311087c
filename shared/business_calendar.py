"""Legal clocks run on working days in East Kalimantan; a due date that falls on a holiday moves to the next one.

Fixed and religious holidays come from the ``holidays`` library, a table of overrides has the last word. A year whose
holidays nobody has decreed yet is refused instead of being guessed, unless the caller is only planning.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from holidays import country_holidays

from shared.periods import Month
from shared.reference import REFERENCE_FOLDER, read_table

OVERRIDES_FILE: Final = REFERENCE_FOLDER / "holiday_overrides.csv"

_SATURDAY: Final = 5  # public offices and banks work Monday to Friday (Perpres 21/2023)
_ONE_DAY: Final = timedelta(days=1)


class HolidaysUnknownError(LookupError):
    """The holidays of a year are not decreed, or not known to this installation."""

    def __init__(self, year: int) -> None:
        super().__init__(
            f"The holidays of {year} are not on record as decreed, so working days in {year} cannot be counted. "
            "Update the package 'holidays', or enter the ministers' joint decree (SKB 3 Menteri) of that year into the "
            f"holiday overrides and close it with a row '{year}-01-01,confirm,...'. For a forecast, use "
            "BusinessCalendar(estimates_allowed=True)."
        )
        self.year = year


class OverrideKind(StrEnum):
    """What a row of the overrides table does."""

    ADD = "add"  # this date is a day off
    REMOVE = "remove"  # this date is not a holiday, whatever the library says
    CONFIRM = "confirm"  # with the rows of this table, the year of this date is as decreed


@dataclass(frozen=True, slots=True)
class HolidayOverride:
    """One row of the overrides table; ``source`` cites the decree."""

    day: date
    kind: OverrideKind
    name: str
    source: str


def load_overrides(path: Path = OVERRIDES_FILE) -> tuple[HolidayOverride, ...]:
    """Read overrides from a CSV with the columns date,kind,name,source. Raises ValueError saying what to correct."""
    rows = read_table(path, ("date", "kind", "name", "source"))
    overrides = []
    for number, row in enumerate(rows, start=2):
        try:
            day, kind = date.fromisoformat(row["date"]), OverrideKind(row["kind"])
        except ValueError:
            raise ValueError(
                f"{path.name} row {number}: write the date as YYYY-MM-DD and the kind as add, remove or confirm."
            ) from None
        if not row["name"] or not row["source"]:
            raise ValueError(f"{path.name} row {number}: give the holiday's name and the decree it comes from.")
        overrides.append(HolidayOverride(day, kind, row["name"], row["source"]))
    return tuple(overrides)


@dataclass(frozen=True, slots=True)
class _Year:
    holidays: dict[date, str]
    decreed: bool


class BusinessCalendar:
    """Working days of public offices and banks in East Kalimantan: Monday to Friday except holidays.

    ``joint_leave_is_off``: joint leave (cuti bersama) counts as a day off. Offices and banks are closed then, and tax
    law (PMK 242/PMK.03/2014) names it among the holidays that move a due date; social-security law is silent.
    ``estimates_allowed``: years that are not decreed yet use the library's forecast, which has no joint leave and may
    miss a religious holiday by a day. For forecasts and simulations only.

    Every question about a year without data raises HolidaysUnknownError.
    """

    def __init__(
        self,
        overrides: Iterable[HolidayOverride] | None = None,
        *,
        joint_leave_is_off: bool = True,
        estimates_allowed: bool = False,
    ) -> None:
        self._overrides = load_overrides() if overrides is None else tuple(overrides)
        self._joint_leave_is_off = joint_leave_is_off
        self._estimates_allowed = estimates_allowed
        self._years: dict[int, _Year] = {}

    def holidays(self, year: int) -> dict[date, str]:
        """The days off of ``year`` with their Indonesian names, weekends not included unless a holiday falls there."""
        return dict(self._year(year).holidays)

    def is_working_day(self, day: date) -> bool:
        """Whether public offices and banks work on ``day``."""
        return day not in self._year(day.year).holidays and day.weekday() < _SATURDAY

    def next_working_day(self, day: date) -> date:
        """``day`` itself when it is a working day, otherwise the first one after it."""
        while not self.is_working_day(day):
            day += _ONE_DAY
        return day

    def nth_day_or_next_working_day(self, month: Month, day_number: int) -> date:
        """Day ``day_number`` of ``month``, moved to the next working day. Raises ValueError if there is no such day."""
        return self.next_working_day(month.day(day_number))

    def _year(self, year: int) -> _Year:
        known = self._load(year)
        if not known.decreed and not (self._estimates_allowed and known.holidays):
            raise HolidaysUnknownError(year)
        return known

    def _load(self, year: int) -> _Year:
        known = self._years.get(year)
        if known is None:
            known = self._years[year] = self._read(year)
        return known

    def _read(self, year: int) -> _Year:
        public, joint_leave = _library_year(year)
        days = {**joint_leave, **public} if self._joint_leave_is_off else dict(public)
        # The joint leave of a year is published by the same decree as its holidays, so it tells a decreed year.
        decreed = bool(joint_leave)
        for override in self._overrides:
            if override.day.year != year:
                continue
            if override.kind is OverrideKind.ADD:
                days[override.day] = override.name
            elif override.kind is OverrideKind.REMOVE:
                days.pop(override.day, None)
            else:
                decreed = True
        return _Year(days, decreed)


@cache
def _library_year(year: int) -> tuple[dict[date, str], dict[date, str]]:
    """Public holidays and joint leave that the library knows of ``year``; both empty outside its range."""
    public = country_holidays("ID", years=year, expand=False, language="id", categories=("public",))
    joint_leave = country_holidays("ID", years=year, expand=False, language="id", categories=("government",))
    return dict(public), dict(joint_leave)
