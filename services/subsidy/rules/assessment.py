"""Whether a granted worker's month is to be paid, has to wait, or has no payer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BUDGET_EXHAUSTED: Final = "budget-exhausted"
PAYER_CONFLICT: Final = "payer-conflict"
NOT_ELIGIBLE: Final = "not-eligible"
NO_ACCOUNT: Final = "no-account"
RUN_BILLED: Final = "run-billed"
"""The worker came after the bill of the month was cut; a further pass of the run pays with a further bill."""

SUBSIDISED_KIND: Final = "bpu"
"""The kind of participant whose months the programme pays."""

WAIT: Final = "wait"
ASSESS: Final = "assess"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a granted worker. Months are ``YYYY-MM``, which compare as text; versions are the worker's."""

    decision: str | None
    cover_from: str | None
    enrolled_version: int
    lapsed_version: int
    exited_version: int
    last_covered_month: str | None
    employed_from: str | None
    employed_until: str | None
    participant_kind: str | None = SUBSIDISED_KIND


def assess(standing: Standing, month: str) -> str:
    """ASSESS, WAIT (no cover in this month, perhaps later) or NOT_ELIGIBLE (covered, but may not be subsidised).

    Who has left is never assessed for a month after the last covered one, and who has lapsed waits for a new enrolment.
    """
    if standing.cover_from is None or standing.cover_from > month:
        return WAIT
    if standing.lapsed_version > standing.enrolled_version:
        return WAIT
    if standing.exited_version > standing.enrolled_version:
        last = standing.last_covered_month
        if last is None or month > last:
            return WAIT
    if standing.decision == "rejected" or standing.participant_kind not in {None, SUBSIDISED_KIND}:
        return NOT_ELIGIBLE
    if standing.employed_from is not None and standing.employed_from <= month:
        until = standing.employed_until
        if until is None or month <= until:
            return NOT_ELIGIBLE
    return ASSESS
