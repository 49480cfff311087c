"""Which fact is worth a message, to whom, and about which month: one message per recipient, purpose and period.

A notice carries only pseudonymous facts; name and address join them at the last moment, when the message is written.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final
from uuid import UUID

from shared.money import Rupiah
from shared.periods import Month

PURPOSES: Final = ("registered", "covered", "paid", "lapsing", "employer-late")


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody is to be told. ``facts`` is a JSON object of what the text says, without personal data."""

    recipient_id: UUID
    period: Month
    region_code: str
    facts: str


def registered(worker_id: UUID, region_code: str, registered_on: date) -> Notice:
    """Somebody's own registration has arrived; nothing is decided by it, and the text says so."""
    return Notice(worker_id, Month.of(registered_on), region_code, _registered(registered_on))


def covered(
    worker_id: UUID, region_code: str, cover_from: Month, programmes: Sequence[str], enrolled_on: date
) -> Notice:
    """Cover has begun; one per enrolment, so the period is its first month."""
    return Notice(worker_id, cover_from, region_code, _covered(tuple(programmes), enrolled_on))


def paid(
    worker_id: UUID,
    region_code: str,
    month: Month,
    programmes: Sequence[str],
    *,
    amount_rupiah: Rupiah,
    outstanding_rupiah: Rupiah,
    paid_on: date,
) -> Notice | None:
    """A month is paid. None while something of it is still owed: nobody is told that half a month covers them."""
    if outstanding_rupiah:
        return None
    return Notice(worker_id, month, region_code, _paid(tuple(programmes), amount_rupiah, paid_on))


def lapsing(worker_id: UUID, region_code: str, unpaid_months: Sequence[Month], pay_by: date) -> Notice:
    """Cover is about to lapse; the period is the last unpaid month, so each further one brings one warning."""
    facts = _json(unpaid_months=[str(month) for month in unpaid_months], pay_by=pay_by.isoformat())
    return Notice(worker_id, unpaid_months[-1], region_code, facts)


def employer_late(
    employer_id: UUID,
    region_code: str,
    month: Month,
    *,
    due_on: date,
    as_of: date,
    outstanding_rupiah: Rupiah,
    fine_rupiah: Rupiah,
) -> Notice:
    """An employer's month is late; told once per month, however often the fine grows."""
    facts = _json(
        due_on=due_on.isoformat(),
        as_of=as_of.isoformat(),
        outstanding_rupiah=int(outstanding_rupiah),
        fine_rupiah=int(fine_rupiah),
    )
    return Notice(employer_id, month, region_code, facts)


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
