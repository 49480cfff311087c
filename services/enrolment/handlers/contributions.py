"""The cover ledger as events tell it. Whatever an employer pays for its own workers is not ours to keep.

The busiest handlers of the service: each folds its batch in memory and asks the database once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from services.enrolment import store
from services.enrolment.rules.cases import CaseKind
from services.enrolment.store.cases import NewCase
from services.enrolment.store.cover import DueLine, LineKey, Payments, Unfunded
from services.enrolment.tables import Employment
from shared.contracts.events.contribution_credited import ContributionCredited
from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.contribution_unfunded import ContributionUnfunded
from shared.contracts.events.worker_employed import WorkerEmployed
from shared.database.records import record
from shared.messaging.columnar.event_groups import EventBatch
from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month

_EMPLOYER = "employer"


async def on_contribution_due(uow: UnitOfWork, events: EventBatch[ContributionDue]) -> None:
    """Keep what is owed of workers' months; of two assessments of a contribution the newer one holds."""
    lines: dict[UUID, DueLine] = {}
    for group in events.groups:
        due = group.event
        if due.payer_kind == _EMPLOYER:
            continue
        month, version, rupiah, due_on = str(due.month), due.aggregate_version, due.amount_rupiah, due.due_on
        at = group.occurred_at
        columns = (group.column("subject_id"), group.column("contribution_id"), group.column("group_id"))
        for worker_id, contribution_id, group_id in zip(*columns, strict=True):
            line = DueLine(worker_id, month, contribution_id, version, rupiah, due_on, at, group_id)
            before = lines.get(contribution_id)
            if before is not None:
                newest = line if before.due_version < version else before
                line = newest._replace(due_at=min(before.due_at, at))
            lines[contribution_id] = line
    if lines:
        await store.cover.note_due(uow, lines.values())


async def on_contribution_paid(uow: UnitOfWork, events: EventBatch[ContributionPaid]) -> None:
    """Add payments to workers' months."""
    paid: dict[LineKey, Payments] = {}
    for group in events.groups:
        event = group.event
        if event.payer_kind == _EMPLOYER:
            continue
        month = str(event.month)
        once = Payments(event.amount_rupiah, 1, event.outstanding_rupiah == 0)
        columns = (group.column("subject_id"), group.column("contribution_id"))
        for worker_id, contribution_id in zip(*columns, strict=True):
            key = LineKey(worker_id, month, contribution_id)
            before = paid.get(key)
            paid[key] = once if before is None else _added(before, once)
    if paid:
        await store.cover.note_paid(uow, paid)


def _added(before: Payments, more: Payments) -> Payments:
    return Payments(before.rupiah + more.rupiah, before.number + more.number, before.is_settled or more.is_settled)


async def on_contribution_credited(uow: UnitOfWork, events: Sequence[Received[ContributionCredited]]) -> None:
    """Add credits to workers' months."""
    credited: Counter[LineKey] = Counter()
    for received in events:
        event = received.event
        if event.payer_kind != _EMPLOYER:
            credited[LineKey(event.subject_id, str(event.month), event.contribution_id)] += event.amount_rupiah
    if credited:
        await store.cover.note_credited(uow, credited)


async def on_contribution_unfunded(uow: UnitOfWork, events: Sequence[Received[ContributionUnfunded]]) -> None:
    """Keep why a month has no payer; the newest reason holds."""
    months: dict[tuple[UUID, Month], ContributionUnfunded] = {}
    for received in events:
        event = received.event
        before = months.get((event.worker_id, event.month))
        if before is None or before.aggregate_version < event.aggregate_version:
            months[event.worker_id, event.month] = event
    unfunded = [
        Unfunded(event.worker_id, str(event.month), event.aggregate_version, event.reason) for event in months.values()
    ]
    await store.cover.note_unfunded(uow, unfunded)


async def on_worker_employed(uow: UnitOfWork, events: Sequence[Received[WorkerEmployed]]) -> None:
    """Keep that somebody is a wage worker, and open a case: an officer decides whether the person leaves."""
    newest: dict[tuple[UUID, UUID], WorkerEmployed] = {}
    for received in events:
        event = received.event
        before = newest.get((event.worker_id, event.employer_id))
        if before is None or before.aggregate_version < event.aggregate_version:
            newest[event.worker_id, event.employer_id] = event
    await store.cover.note_employed(uow, [_employment(event) for event in newest.values()])
    cases = [NewCase(CaseKind.WAGE_WORKER, str(event.worker_id), event.worker_id) for event in newest.values()]
    await store.cases.open(uow, cases)


def _employment(event: WorkerEmployed) -> Employment:
    return record(
        Employment,
        {
            "worker_id": event.worker_id,
            "employer_id": event.employer_id,
            "version": event.aggregate_version,
            "employed_from": str(event.employed_from),
            "employed_until": str(event.employed_until) if event.employed_until else None,
        },
    )
