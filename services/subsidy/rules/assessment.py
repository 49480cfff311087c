"""Whether a granted worker's month is to be paid, has to wait, or has no payer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SUBSIDISED_KIND: Final = "bpu"
"""The kind of participant whose months the programme pays."""


class UnfundedReason(StrEnum):
    """Why nobody pays a month. The values are in events, answers and the database."""

    BUDGET_EXHAUSTED = "budget-exhausted"
    PAYER_CONFLICT = "payer-conflict"
    NOT_ELIGIBLE = "not-eligible"
    NO_ACCOUNT = "no-account"
    RUN_BILLED = "run-billed"
    """The worker came after the bill of the month was cut; a further pass of the run pays with a further bill."""


class Verdict(StrEnum):
    """What becomes of a granted worker's month."""

    ASSESS = "assess"
    WAIT = "wait"
    """No cover in this month, perhaps later."""
    REFUSE = "refuse"
    """Covered, and may not be subsidised."""


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


def assess(standing: Standing, month: str) -> Verdict:
    """Whether the worker's ``month`` (``YYYY-MM``) is paid.

    Who has left is never assessed for a month after the last covered one, and who has lapsed waits for a new enrolment.
    """
    if standing.cover_from is None or standing.cover_from > month:
        return Verdict.WAIT
    if standing.lapsed_version > standing.enrolled_version:
        return Verdict.WAIT
    if standing.exited_version > standing.enrolled_version:
        last = standing.last_covered_month
        if last is None or month > last:
            return Verdict.WAIT
    if standing.decision == "rejected" or standing.participant_kind not in {None, SUBSIDISED_KIND}:
        return Verdict.REFUSE
    if standing.employed_from is not None and standing.employed_from <= month:
        until = standing.employed_until
        if until is None or month <= until:
            return Verdict.REFUSE
    return Verdict.ASSESS
