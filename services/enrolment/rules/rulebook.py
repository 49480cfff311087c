"""The tables that enrolment decides by, read once when a process starts and handed to whoever decides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from services.enrolment.rules.cases import CaseKind, case_kinds
from services.enrolment.rules.limits import LimitsTable
from services.enrolment.rules.occupations import Occupations
from shared.business_calendar import BusinessCalendar
from shared.cases import CaseKinds
from shared.due_dates import DueDates
from shared.reference import regencies


@dataclass(frozen=True)
class Rulebook:
    """Who may take part, which occupations and regencies there are, when months are due, the kinds of cases."""

    limits: LimitsTable
    occupations: Occupations
    regencies: frozenset[str]
    due_dates: DueDates
    case_kinds: CaseKinds[CaseKind]


@cache
def load_rulebook() -> Rulebook:
    """Read all tables, once in a process. Raises ValueError naming the file and what to correct."""
    return Rulebook(LimitsTable(), Occupations(), regencies(), DueDates(BusinessCalendar()), case_kinds())
