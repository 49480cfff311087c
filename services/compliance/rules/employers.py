"""What an employers' file changes: new employers, changed ones, and rows that say nothing new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from services.compliance.rules.rows import EmployerProfile, EmployerRow
from services.compliance.rules.sheet import Outcome, refused
from services.compliance.rules.states import RowOutcome

# The codes of employer.changed; the name is told to nobody, and the day of registration is never taken back.
_CODES: Final = {
    "region": "region_code",
    "size-class": "size_class",
    "risk-class": "risk_class",
    "programmes": "programmes",
    "worker-count": "worker_count",
    "business-line": "business_line",
    "bpjs-registered": "bpjs_registered",
}


@dataclass(frozen=True, slots=True)
class KnownEmployer:
    """An employer on record. ``contact_token`` tells whether contact data are the same; None: has none."""

    employer_id: UUID
    version: int
    npp: str
    registered_on: date
    profile: EmployerProfile
    contact_token: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class EmployerChange:
    """A row that says something new of an employer on record.

    ``changed``: codes of employer.changed, none if only the name or the contact is new.
    """

    before: KnownEmployer
    row: EmployerRow
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EmployerPlan:
    """What a file does: ``contacts`` are the rows whose contact data are new or other than those on record."""

    new: list[EmployerRow]
    changes: list[EmployerChange]
    contacts: list[EmployerRow]
    outcomes: list[Outcome]


def plan_employers(
    rows: Sequence[EmployerRow],
    employers: Mapping[str, KnownEmployer],
    tokens: Mapping[str, Sequence[bytes]],
    areas: Iterable[str],
) -> EmployerPlan:
    """Decide row by row. ``employers`` on record and the ``tokens`` that a row's contact may have, both by NPP.

    A row outside ``areas`` is refused, and so is one that would take an employer out of another area.
    """
    plan = EmployerPlan([], [], [], [])
    prefixes = tuple(areas)
    for row in rows:
        before = employers.get(row.npp)
        places = {row.profile.region_code, *([before.profile.region_code] if before else [])}
        if not all(place.startswith(prefixes) for place in places):
            plan.outcomes.append(refused(row.number, "region-outside"))
            continue
        other_contact = row.has_contact and (before is None or before.contact_token not in tokens[row.npp])
        if other_contact:
            plan.contacts.append(row)
        if before is None:
            plan.new.append(row)
        elif before.profile != row.profile or other_contact:
            plan.changes.append(EmployerChange(before, row, _changed_codes(before.profile, row.profile)))
        else:
            plan.outcomes.append(Outcome(row.number, RowOutcome.KNOWN, row.remark or "already-known"))
            continue
        plan.outcomes.append(Outcome(row.number, RowOutcome.ACCEPTED, row.remark))
    return plan


def _changed_codes(before: EmployerProfile, after: EmployerProfile) -> tuple[str, ...]:
    return tuple(code for code, name in _CODES.items() if getattr(before, name) != getattr(after, name))
