"""What an employers' file changes: new employers, changed ones, and rows that say nothing new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.compliance.rules.rows import EmployerRow
from services.compliance.rules.sheet import Outcome


@dataclass(frozen=True, slots=True)
class KnownEmployer:
    """An employer as it is on record. ``contact_token`` tells whether contact data are the same; None: has none."""

    employer_id: UUID
    version: int
    npp: str
    name: str
    region_code: str
    size_class: str
    risk_class: int
    business_line: str | None
    programmes: tuple[str, ...]
    worker_count: int
    bpjs_registered: bool
    registered_on: date
    contact_token: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class EmployerChange:
    """A row that says something new of a known employer. ``changed``: codes of employer.changed, none if only the name
    or the contact is new."""

    known: KnownEmployer
    row: EmployerRow
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EmployerPlan:
    """What a file does: ``contacts`` are the rows whose contact data are new or other than known."""

    new: list[EmployerRow]
    changes: list[EmployerChange]
    contacts: list[EmployerRow]
    outcomes: list[Outcome]


def plan_employers(
    rows: Sequence[EmployerRow],
    known: Mapping[str, KnownEmployer],
    tokens: Mapping[str, Sequence[bytes]],
    areas: Iterable[str],
) -> EmployerPlan:
    """Decide row by row. ``tokens``: by NPP, the tokens that the row's contact may be stored under.

    A row outside ``areas`` is refused, and so is one that would take an employer out of another area.
    """
    plan = EmployerPlan([], [], [], [])
    prefixes = tuple(areas)
    for row in rows:
        before = known.get(row.npp)
        places = {row.region_code, *([before.region_code] if before else [])}
        if not all(place.startswith(prefixes) for place in places):
            plan.outcomes.append(Outcome(row.number, "refused", "region-outside"))
            continue
        other_contact = row.has_contact and (before is None or before.contact_token not in tokens[row.npp])
        if other_contact:
            plan.contacts.append(row)
        if before is None:
            plan.new.append(row)
        elif (changed := changed_fields(before, row)) or before.name != row.name or other_contact:
            plan.changes.append(EmployerChange(before, row, changed))
        else:
            plan.outcomes.append(Outcome(row.number, "known", row.remark or "already-known"))
            continue
        plan.outcomes.append(Outcome(row.number, "accepted", row.remark))
    return plan


def changed_fields(before: KnownEmployer, row: EmployerRow) -> tuple[str, ...]:
    """The codes of employer.changed that hold; the day of registration is never taken back."""
    pairs = {
        "region": (before.region_code, row.region_code),
        "size-class": (before.size_class, row.size_class),
        "risk-class": (before.risk_class, row.risk_class),
        "programmes": (before.programmes, row.programmes),
        "worker-count": (before.worker_count, row.worker_count),
        "business-line": (before.business_line, row.business_line),
        "bpjs-registered": (before.bpjs_registered, row.bpjs_registered),
    }
    return tuple(code for code, (old, new) in pairs.items() if old != new)
