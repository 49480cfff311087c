"""The cover ledger as events tell it. Whatever an employer pays for its own workers is not ours to keep.

The busiest handlers of the service: each folds its batch in memory and asks the database once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from services.enrolment.rules.cases import CaseKind
from services.enrolment.store import cover as store
from services.enrolment.store.cases import NewCase, open_cases
from shared.contracts.events.contribution_credited import ContributionCredited
from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.contribution_unfunded import ContributionUnfunded
from shared.contracts.events.worker_employed import WorkerEmployed
from shared.messaging.columnar.event_groups import EventBatch
from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month

_EMPLOYER = "employer"


@cache
def _first_day(month: Month) -> date:
    """A month as it is stored; a batch has thousands of events and few months."""
    return month.first_day


async def on_contribution_due(uow: UnitOfWork, events: EventBatch[ContributionDue]) -> None:
    """Keep what is owed of workers' months; of two assessments of a contribution the newer one holds."""
    lines: dict[UUID, tuple[Any, ...]] = {}
    for group in events.groups:
        due = group.event
        if due.payer_kind == _EMPLOYER:
            continue
        month, version, at = _first_day(due.month), due.aggregate_version, group.occurred_at
        rest = (version, due.amount_rupiah, due.due_on)
        columns = (group.column("subject_id"), group.column("contribution_id"), group.column("group_id"))
        for subject_id, contribution_id, group_id in zip(*columns, strict=True):
            known = lines.get(contribution_id)
            if known is None:
                lines[contribution_id] = (subject_id, month, contribution_id, *rest, at, group_id)
            else:
                first_at = min(known[6], at)
                newest = (subject_id, month, contribution_id, *rest) if known[3] < version else known[:6]
                lines[contribution_id] = (*newest, first_at, group_id if known[3] < version else known[7])
    if lines:
        await store.note_due(uow, list(lines.values()))


async def on_contribution_paid(uow: UnitOfWork, events: EventBatch[ContributionPaid]) -> None:
    """Add payments to workers' months."""
    paid: dict[tuple[UUID, date, UUID], tuple[int, int, bool]] = {}
    for group in events.groups:
        event = group.event
        if event.payer_kind == _EMPLOYER:
            continue
        month = _first_day(event.month)
        once = (event.amount_rupiah, 1, event.outstanding_rupiah == 0)
        for subject_id, contribution_id in zip(
            group.column("subject_id"), group.column("contribution_id"), strict=True
        ):
            key = (subject_id, month, contribution_id)
            known = paid.get(key)
            paid[key] = once if known is None else (known[0] + once[0], known[1] + 1, known[2] or once[2])
    if paid:
        await store.note_paid(uow, [(*key, *sums) for key, sums in paid.items()])


async def on_contribution_credited(uow: UnitOfWork, events: Sequence[Received[ContributionCredited]]) -> None:
    """Add credits to workers' months."""
    credited: dict[tuple[UUID, date, UUID], int] = {}
    for received in events:
        event = received.event
        if event.payer_kind != _EMPLOYER:
            key = (event.subject_id, _first_day(event.month), event.contribution_id)
            credited[key] = credited.get(key, 0) + event.amount_rupiah
    if credited:
        await store.note_credited(uow, [(*key, rupiah) for key, rupiah in credited.items()])


async def on_contribution_unfunded(uow: UnitOfWork, events: Sequence[Received[ContributionUnfunded]]) -> None:
    """Keep why a month has no payer; the newest reason holds."""
    months: dict[tuple[UUID, date], tuple[int, str]] = {}
    for received in events:
        event = received.event
        key = (event.worker_id, _first_day(event.month))
        known = months.get(key)
        if known is None or known[0] < event.aggregate_version:
            months[key] = (event.aggregate_version, event.reason)
    await store.note_unfunded(uow, [(*key, *value) for key, value in months.items()])


async def on_worker_employed(uow: UnitOfWork, events: Sequence[Received[WorkerEmployed]]) -> None:
    """Keep that somebody is a wage worker, and open a case: an officer decides whether the person leaves."""
    known: dict[tuple[UUID, UUID], WorkerEmployed] = {}
    for received in events:
        event = received.event
        key = (event.worker_id, event.employer_id)
        if key not in known or known[key].aggregate_version < event.aggregate_version:
            known[key] = event
    await store.note_employed(
        uow,
        [
            (
                *key,
                event.aggregate_version,
                _first_day(event.employed_from),
                _first_day(event.employed_until) if event.employed_until else None,
            )
            for key, event in known.items()
        ],
    )
    await open_cases(uow, [NewCase(CaseKind.WAGE_WORKER, str(worker_id), worker_id) for worker_id, _ in known])
