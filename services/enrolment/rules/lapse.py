"""The lapse clock: how many months in a row are unpaid past their due date, and what follows.

PP 44/2015 as practised: due on the 15th of the month (the next working day), cover is switched off from the fourth
month on after three unpaid ones; a return is a new enrolment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.enrolment.rules.states import MembershipStatus
from shared.business_calendar import HolidaysUnknownError
from shared.due_dates import DueDates, Segment
from shared.periods import Month

MONTHS_TO_LAPSE: Final = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a membership stands on a day. ``unpaid`` are the months in a row that led there, oldest first."""

    status: MembershipStatus
    unpaid: tuple[Month, ...] = ()


def last_due_months(day: date, due_dates: DueDates) -> tuple[Month, ...]:
    """The last three contribution months whose due date lies before ``day``, oldest first."""
    latest = Month.of(day)
    if due_on(latest, due_dates) >= day:
        latest = latest.previous()
    return tuple(latest - back for back in reversed(range(MONTHS_TO_LAPSE)))


def standing(months: Sequence[Month], is_open: Sequence[bool], day: date) -> Standing:
    """The standing on ``day``. ``is_open`` says for each of ``months`` (oldest first) whether it is owed and unpaid."""
    unpaid: list[Month] = []
    for month, unpaid_month in zip(reversed(months), reversed(is_open), strict=True):
        if not unpaid_month:
            break
        unpaid.append(month)
    if not unpaid:
        return Standing(MembershipStatus.ENROLLED)
    oldest_first = tuple(reversed(unpaid))
    if len(unpaid) < MONTHS_TO_LAPSE:
        return Standing(MembershipStatus.LAPSING, oldest_first)
    if day >= lapsed_on(oldest_first):
        return Standing(MembershipStatus.LAPSED, oldest_first)
    return Standing(MembershipStatus.LAPSING, oldest_first[:-1])


def lapsed_on(unpaid: Sequence[Month]) -> date:
    """The first day without membership: the first of the month after the last unpaid one."""
    return unpaid[-1].next().first_day


def pay_by(unpaid: Sequence[Month], due_dates: DueDates) -> date:
    """The last day on which payment still keeps the membership: the due date of the third month in a row."""
    return due_on(unpaid[0] + (MONTHS_TO_LAPSE - 1), due_dates)


def due_on(month: Month, due_dates: DueDates) -> date:
    """The due date for informal workers; the plain 15th while the year's holidays are not decreed yet."""
    try:
        return due_dates.due_date(month, Segment.BPU)
    except HolidaysUnknownError:
        return month.day(due_dates.rule(month, Segment.BPU).day)
