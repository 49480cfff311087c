"""Keeps what is known of workers up to date. Each event changes its own facet, if it is newer than what is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from services.subsidy import store
from services.subsidy.store.workers import WorkerFact
from shared.contracts.base import Event
from shared.contracts.events.worker_changed import WorkerChanged
from shared.contracts.events.worker_employed import WorkerEmployed
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.contracts.events.worker_exited import WorkerExited
from shared.contracts.events.worker_lapsed import WorkerLapsed
from shared.contracts.events.worker_rejected import WorkerRejected
from shared.contracts.events.worker_verified import WorkerVerified
from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork

EventT = TypeVar("EventT", bound=Event)


def _newest(events: Sequence[Received[EventT]], worker: Callable[[EventT], UUID]) -> list[EventT]:
    """The newest event of each worker in the batch."""
    newest: dict[UUID, EventT] = {}
    for received in events:
        known = newest.get(worker(received.event))
        if known is None or received.event.aggregate_version > known.aggregate_version:
            newest[worker(received.event)] = received.event
    return list(newest.values())


async def on_worker_verified(uow: UnitOfWork, events: Sequence[Received[WorkerVerified]]) -> None:
    """A payer may grant; whoever was found not eligible is looked at again."""
    facts = [
        WorkerFact(
            event.worker_id,
            region_code=event.region_code,
            occupation_code=event.occupation_code,
            place_version=event.aggregate_version,
            participant_kind=event.participant_kind,
            kind_version=event.aggregate_version,
            decision="verified",
            decision_version=event.aggregate_version,
        )
        for event in _newest(events, lambda event: event.worker_id)
    ]
    await store.workers.queue_granted(uow, await store.workers.apply(uow, facts))


async def on_worker_rejected(uow: UnitOfWork, events: Sequence[Received[WorkerRejected]]) -> None:
    """No further month is assessed."""
    facts = [
        WorkerFact(
            event.worker_id,
            region_code=event.region_code,
            occupation_code=event.occupation_code,
            place_version=event.aggregate_version,
            decision="rejected",
            decision_version=event.aggregate_version,
        )
        for event in _newest(events, lambda event: event.worker_id)
    ]
    await store.workers.apply(uow, facts)


async def on_worker_enrolled(uow: UnitOfWork, events: Sequence[Received[WorkerEnrolled]]) -> None:
    """Months from cover_from on can be assessed; runs that are going on pick the worker up."""
    facts = [
        WorkerFact(
            event.worker_id,
            region_code=event.region_code,
            occupation_code=event.occupation_code,
            place_version=event.aggregate_version,
            participant_kind=event.participant_kind,
            kind_version=event.aggregate_version,
            enrolment_number=event.enrolment_number,
            cover_from=str(event.cover_from),
            enrolled_version=event.aggregate_version,
        )
        for event in _newest(events, lambda event: event.worker_id)
    ]
    await store.workers.queue(uow, await store.workers.apply(uow, facts))


async def on_worker_changed(uow: UnitOfWork, events: Sequence[Received[WorkerChanged]]) -> None:
    """Another regency, occupation or kind of participant."""
    facts = [
        WorkerFact(
            event.worker_id,
            region_code=event.region_code,
            occupation_code=event.occupation_code,
            place_version=event.aggregate_version,
            participant_kind=event.participant_kind,
            kind_version=event.aggregate_version,
        )
        for event in _newest(events, lambda event: event.worker_id)
    ]
    await store.workers.queue_granted(uow, await store.workers.apply(uow, facts))


async def on_worker_lapsed(uow: UnitOfWork, events: Sequence[Received[WorkerLapsed]]) -> None:
    """Nothing is paid until a new enrolment."""
    facts = [
        WorkerFact(
            event.worker_id,
            region_code=event.region_code,
            occupation_code=event.occupation_code,
            place_version=event.aggregate_version,
            lapsed_version=event.aggregate_version,
        )
        for event in _newest(events, lambda event: event.worker_id)
    ]
    await store.workers.apply(uow, facts)


async def on_worker_exited(uow: UnitOfWork, events: Sequence[Received[WorkerExited]]) -> None:
    """Nothing is paid after the last covered month; what is due already is looked at again."""
    facts = [
        WorkerFact(
            event.worker_id,
            region_code=event.region_code,
            occupation_code=event.occupation_code,
            place_version=event.aggregate_version,
            last_covered_month=str(event.last_covered_month) if event.last_covered_month else None,
            exited_version=event.aggregate_version,
        )
        for event in _newest(events, lambda event: event.worker_id)
    ]
    await store.workers.queue_granted(uow, await store.workers.apply(uow, facts))


async def on_worker_employed(uow: UnitOfWork, events: Sequence[Received[WorkerEmployed]]) -> None:
    """An employer pays from then on. Its versions are those of compliance, counted apart."""
    facts = [
        WorkerFact(
            event.worker_id,
            employed_from=str(event.employed_from),
            employed_until=str(event.employed_until) if event.employed_until else None,
            employed_version=event.aggregate_version,
        )
        for event in _newest(events, lambda event: event.worker_id)
    ]
    await store.workers.queue_granted(uow, await store.workers.apply(uow, facts))
