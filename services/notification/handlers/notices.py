"""Facts of other services become messages. Only creates, so any order and any repetition ends in the same messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from services.notification import store
from services.notification.rules import notices
from services.notification.rules.notices import Notice
from services.notification.rules.states import Purpose
from services.notification.store.messages import Telling
from shared.contracts.base import Event
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.employer_late import EmployerLate
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.contracts.events.worker_lapsing import WorkerLapsing
from shared.contracts.events.worker_registered import WorkerRegistered
from shared.messaging.columnar.event_groups import EventBatch
from shared.messaging.outbox import UnitOfWork

EventT = TypeVar("EventT", bound=Event)


async def on_worker_registered(uow: UnitOfWork, events: EventBatch[WorkerRegistered]) -> None:
    """Tell people that their registration has arrived."""
    await _tell(uow, Purpose.REGISTERED, events, notices.registered)


async def on_worker_enrolled(uow: UnitOfWork, events: EventBatch[WorkerEnrolled]) -> None:
    """Tell workers that their cover has begun."""
    await _tell(uow, Purpose.COVERED, events, notices.covered)


async def on_contribution_paid(uow: UnitOfWork, events: EventBatch[ContributionPaid]) -> None:
    """Tell workers that the programme has paid their month."""
    await _tell(uow, Purpose.PAID, events, notices.paid)


async def on_worker_lapsing(uow: UnitOfWork, events: EventBatch[WorkerLapsing]) -> None:
    """Warn workers whose cover is about to lapse."""
    await _tell(uow, Purpose.LAPSING, events, notices.lapsing)


async def on_employer_late(uow: UnitOfWork, events: EventBatch[EmployerLate]) -> None:
    """Remind employers of a month that is late."""
    await _tell(uow, Purpose.EMPLOYER_LATE, events, notices.employer_late)


async def _tell(
    uow: UnitOfWork, purpose: Purpose, events: EventBatch[EventT], notice_of: Callable[[EventT], Notice | None]
) -> None:
    """Queue messages to those whom the events are about: each event's key is its recipient."""
    tellings = []
    for group in events.groups:
        notice = notice_of(group.event)
        if notice is not None:
            tellings.append(Telling(notice, group.column(group.event.KEY_FIELD), group.event_ids))
    await store.messages.add(uow, purpose, tellings)
