"""Which fact is worth a message, and about which month: one message per recipient, purpose and period.

A notice carries only pseudonymous facts; name and address join them at the last moment, when the message is written.
Recipients are not read from the events here: one notice serves all events that differ in their identifiers only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.employer_late import EmployerLate
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.contracts.events.worker_lapsing import WorkerLapsing
from shared.contracts.events.worker_registered import WorkerRegistered
from shared.money import Rupiah
from shared.periods import Month


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody is to be told. ``facts`` is a JSON object of what the text says, without personal data."""

    period: Month
    region_code: str
    facts: str


def registered(event: WorkerRegistered) -> Notice | None:
    """Somebody's registration has arrived; nothing is decided by it, and the text says so.

    None for whoever came with a roster: they are told when cover begins, not that a list was read (docs/adr/0035).
    """
    if event.origin == "roster":
        return None
    return Notice(Month.of(event.registered_on), event.region_code, _registered(event.registered_on))


def covered(event: WorkerEnrolled) -> Notice:
    """Cover has begun; one per enrolment, so the period is its first month."""
    return Notice(event.cover_from, event.region_code, _covered(tuple(event.programmes), event.enrolled_on))


def paid(event: ContributionPaid) -> Notice | None:
    """The programme has paid a month. None for employers and self-payers, who know what they paid, and while something
    is still owed: nobody is told that half a month covers them."""
    if event.payer_kind != "subsidy" or event.outstanding_rupiah:
        return None
    return Notice(
        event.month, event.region_code, _paid(tuple(event.amounts_rupiah), event.amount_rupiah, event.paid_on)
    )


def lapsing(event: WorkerLapsing) -> Notice:
    """Cover is about to lapse; the period is the last unpaid month, so each further one brings one warning."""
    facts = _json(unpaid_months=[str(month) for month in event.unpaid_months], pay_by=event.pay_by.isoformat())
    return Notice(event.unpaid_months[-1], event.region_code, facts)


def employer_late(event: EmployerLate) -> Notice:
    """An employer's month is late; told once per month, however often the fine grows."""
    facts = _json(
        due_on=event.due_on.isoformat(),
        as_of=event.as_of.isoformat(),
        outstanding_rupiah=int(event.outstanding_rupiah),
        fine_rupiah=int(event.fine_rupiah),
    )
    return Notice(event.month, event.region_code, facts)


@lru_cache(maxsize=1024)
def _registered(registered_on: date) -> str:
    return _json(registered_on=registered_on.isoformat())


# Most workers of a month share amount and day.
@lru_cache(maxsize=1024)
def _covered(programmes: tuple[str, ...], enrolled_on: date) -> str:
    return _json(programmes=list(programmes), enrolled_on=enrolled_on.isoformat())


@lru_cache(maxsize=1024)
def _paid(programmes: tuple[str, ...], amount_rupiah: Rupiah, paid_on: date) -> str:
    return _json(programmes=list(programmes), amount_rupiah=int(amount_rupiah), paid_on=paid_on.isoformat())


def _json(**facts: object) -> str:
    return json.dumps(facts, separators=(",", ":"))
