"""Keeps what is known of workers up to date. Each event changes its own facet, if it is newer than what is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from services.subsidy import store
from services.subsidy.store.workers import WorkerFact
from shared.contracts.events.worker_changed import WorkerChanged
from shared.contracts.events.worker_employed import WorkerEmployed
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.contracts.events.worker_exited import WorkerExited
from shared.contracts.events.worker_lapsed import WorkerLapsed
from shared.contracts.events.worker_rejected import WorkerRejected
from shared.contracts.events.worker_verified import WorkerVerified
from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork

_WithKind = WorkerVerified | WorkerEnrolled | WorkerChanged
_WithPlace = _WithKind | WorkerRejected | WorkerLapsed | WorkerExited
EventT = TypeVar("EventT", bound=_WithPlace | WorkerEmployed)


async def _apply(
    uow: UnitOfWork, events: Sequence[Received[EventT]], fact: Callable[[EventT], WorkerFact]
) -> list[UUID]:
    """Take in what the newest event of each worker in the batch says. Gives the workers, in order."""
    newest: dict[UUID, EventT] = {}
    for received in events:
        event = received.event
        before = newest.get(event.worker_id)
        if before is None or event.aggregate_version > before.aggregate_version:
            newest[event.worker_id] = event
    return await store.workers.apply(uow, map(fact, newest.values()))


def _place(event: _WithPlace) -> WorkerFact:
    """Where the worker is and what they do, of which nearly every event tells."""
    return WorkerFact(
        event.worker_id,
        region_code=event.region_code,
        occupation_code=event.occupation_code,
        place_version=event.aggregate_version,
    )


def _place_and_kind(event: _WithKind) -> WorkerFact:
    return _place(event)._replace(participant_kind=event.participant_kind, kind_version=event.aggregate_version)


async def on_worker_verified(uow: UnitOfWork, events: Sequence[Received[WorkerVerified]]) -> None:
    """A payer may grant; whoever was found not eligible is looked at again."""

    def fact(event: WorkerVerified) -> WorkerFact:
        return _place_and_kind(event)._replace(decision="verified", decision_version=event.aggregate_version)

    await store.workers.queue_granted(uow, await _apply(uow, events, fact))


async def on_worker_rejected(uow: UnitOfWork, events: Sequence[Received[WorkerRejected]]) -> None:
    """No further month is assessed."""

    def fact(event: WorkerRejected) -> WorkerFact:
        return _place(event)._replace(decision="rejected", decision_version=event.aggregate_version)

    await _apply(uow, events, fact)


async def on_worker_enrolled(uow: UnitOfWork, events: Sequence[Received[WorkerEnrolled]]) -> None:
    """Months from cover_from on can be assessed; runs that are going on pick the worker up."""

    def fact(event: WorkerEnrolled) -> WorkerFact:
        return _place_and_kind(event)._replace(
            enrolment_number=event.enrolment_number,
            cover_from=str(event.cover_from),
            enrolled_version=event.aggregate_version,
        )

    await store.workers.queue(uow, await _apply(uow, events, fact))


async def on_worker_changed(uow: UnitOfWork, events: Sequence[Received[WorkerChanged]]) -> None:
    """Another regency, occupation or kind of participant."""
    await store.workers.queue_granted(uow, await _apply(uow, events, _place_and_kind))


async def on_worker_lapsed(uow: UnitOfWork, events: Sequence[Received[WorkerLapsed]]) -> None:
    """Nothing is paid until a new enrolment."""
    await _apply(uow, events, lambda event: _place(event)._replace(lapsed_version=event.aggregate_version))


async def on_worker_exited(uow: UnitOfWork, events: Sequence[Received[WorkerExited]]) -> None:
    """Nothing is paid after the last covered month; what is due already is looked at again."""

    def fact(event: WorkerExited) -> WorkerFact:
        last_covered_month = str(event.last_covered_month) if event.last_covered_month else None
        return _place(event)._replace(last_covered_month=last_covered_month, exited_version=event.aggregate_version)

    await store.workers.queue_granted(uow, await _apply(uow, events, fact))


async def on_worker_employed(uow: UnitOfWork, events: Sequence[Received[WorkerEmployed]]) -> None:
    """An employer pays from then on. Its versions are those of compliance, counted apart."""

    def fact(event: WorkerEmployed) -> WorkerFact:
        return WorkerFact(
            event.worker_id,
            employed_from=str(event.employed_from),
            employed_until=str(event.employed_until) if event.employed_until else None,
            employed_version=event.aggregate_version,
        )

    await store.workers.queue_granted(uow, await _apply(uow, events, fact))
