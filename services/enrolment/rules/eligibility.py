"""Whether a registered person may take part, and why not: the programme's rules over facts that others have fetched.

Sources: Pergub Kaltim 40/2025, PP 49/2023 Art. 5; limits in eligibility_limits.csv. Whoever is malformed never gets
here: such rows are refused when the roster is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.enrolment.rules.limits import Limits
from services.enrolment.rules.states import Outcome


@dataclass(frozen=True, slots=True)
class Applicant:
    """What the rules need to know of a person on the day of the decision."""

    birth_date: date
    is_working: bool
    decile: int
    is_deceased: bool
    is_employed: bool
    is_occupation_listed: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome with its reasons, most important first, and what was checked; without personal data."""

    outcome: Outcome
    reasons: tuple[str, ...]
    checks: dict[str, bool]


def decide(person: Applicant, limits: Limits, day: date) -> Decision:
    """Verified when every check holds, else rejected with all that do not hold."""
    age_years = years_between(person.birth_date, day)
    checks = {
        "deceased": not person.is_deceased,
        "employed": not person.is_employed,
        "too-young": age_years >= limits.min_age_years,
        "too-old": age_years < limits.below_age_years,
        "not-working": person.is_working,
        "not-poor": person.decile <= limits.max_decile,
        "occupation-not-listed": person.is_occupation_listed,
    }
    reasons = tuple(reason for reason, holds in checks.items() if not holds)
    return Decision(Outcome.REJECTED if reasons else Outcome.VERIFIED, reasons, checks)


def years_between(birth_date: date, day: date) -> int:
    """Full years of age on ``day``; whoever was born on 29 February has the birthday on 1 March in other years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
