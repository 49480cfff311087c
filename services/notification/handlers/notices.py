"""Facts of other services become messages. Only creates, so any order and any repetition ends in the same messages."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.notification import rules
from services.notification.store import messages
from shared.contracts.base import Event
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.employer_late import EmployerLate
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.contracts.events.worker_lapsing import WorkerLapsing
from shared.contracts.events.worker_registered import WorkerRegistered
from shared.messaging.columnar.event_groups import EventBatch
from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork


async def on_worker_registered(uow: UnitOfWork, events: Sequence[Received[WorkerRegistered]]) -> None:
    """Tell people that their registration has arrived. Whoever came with a roster is told when cover begins, not that a
    list was read (docs/adr/0035)."""
    notices = [
        _one(rules.registered(event.worker_id, event.region_code, event.registered_on), received)
        for received in events
        for event in (received.event,)
        if event.origin != "roster"
    ]
    if notices:
        await messages.add_messages(uow, "worker", "registered", notices)


async def on_worker_enrolled(uow: UnitOfWork, events: Sequence[Received[WorkerEnrolled]]) -> None:
    """Tell workers that their cover has begun."""
    notices = [
        _one(
            rules.covered(
                event.worker_id, event.region_code, event.cover_from, event.programmes, enrolled_on=event.enrolled_on
            ),
            received,
        )
        for received in events
        for event in (received.event,)
    ]
    await messages.add_messages(uow, "worker", "covered", notices)


async def on_contribution_paid(uow: UnitOfWork, events: EventBatch[ContributionPaid]) -> None:
    """Tell workers that the programme has paid their month. Employers and self-payers know what they paid."""
    notices = []
    for group in events.groups:
        event = group.event
        if event.payer_kind != "subsidy":
            continue
        notice = rules.paid(
            event.subject_id,
            event.region_code,
            event.month,
            tuple(event.amounts_rupiah),
            amount_rupiah=event.amount_rupiah,
            outstanding_rupiah=event.outstanding_rupiah,
            paid_on=event.paid_on,
        )
        if notice is not None:
            notices.append((notice, group.column("subject_id"), group.event_ids))
    if notices:
        await messages.add_messages(uow, "worker", "paid", notices)


async def on_worker_lapsing(uow: UnitOfWork, events: Sequence[Received[WorkerLapsing]]) -> None:
    """Warn workers whose cover is about to lapse."""
    notices = [
        _one(rules.lapsing(event.worker_id, event.region_code, event.unpaid_months, event.pay_by), received)
        for received in events
        for event in (received.event,)
    ]
    await messages.add_messages(uow, "worker", "lapsing", notices)


async def on_employer_late(uow: UnitOfWork, events: Sequence[Received[EmployerLate]]) -> None:
    """Remind employers of a month that is late."""
    notices = [
        _one(
            rules.employer_late(
                event.employer_id,
                event.region_code,
                event.month,
                due_on=event.due_on,
                as_of=event.as_of,
                outstanding_rupiah=event.outstanding_rupiah,
                fine_rupiah=event.fine_rupiah,
            ),
            received,
        )
        for received in events
        for event in (received.event,)
    ]
    await messages.add_messages(uow, "employer", "employer-late", notices)


def _one(notice: rules.Notice, received: Received[Event]) -> tuple[rules.Notice, list[UUID], list[UUID]]:
    return notice, [notice.recipient_id], [received.event_id]
