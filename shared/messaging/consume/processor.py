"""Applies a batch of records exactly once each, or parks them: the part of the consumer that knows no Kafka.

One transaction holds inbox, handlers' state, parked rows and outbox. A batch is first tried as if all of it were good
and new (`Optimism`), and otherwise applied with care; both are the same steps on the same event groups. If a handler
fails for good, the batch is halved until the culprit stands alone; it is parked and everybody else is applied. A batch
too large for the time that a statement may take is halved as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import structlog

from shared.contracts.base import Event
from shared.database.failures import FailureKind, classify_failure, took_too_long
from shared.messaging.columnar.event_groups import EventBatch, EventGroup, in_turns
from shared.messaging.consume import inbox, parking
from shared.messaging.consume.batch import Batch, Parkable, TopicKey
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.optimistic import Optimism
from shared.messaging.consume.park_limit import ParkLimit
from shared.messaging.crash import crash_point
from shared.messaging.outbox import Outbox, UnitOfWork
from shared.messaging.reasons import (
    EventsRejectedError,
    ParkCode,
    ParkReason,
    TransientFailureError,
    describe_exception,
)
from shared.messaging.record import RawRecord
from shared.telemetry.tracing import batch_span

log = structlog.get_logger(__name__)

Handler = Callable[[UnitOfWork, EventBatch[Any]], Awaitable[None]]
Handlers = Mapping[type[Event], Handler]

_FOLLOWS = ParkReason(ParkCode.FOLLOWS_PARKED)


@dataclass(slots=True)
class Outcome:
    """What became of a batch."""

    applied: int = 0
    repeats: int = 0
    parked: int = 0
    parked_by_reason: dict[str, int] = field(default_factory=dict)


class _AgainError(Exception):
    """Some events have got a reason to be parked; the attempt starts over with that knowledge."""


class _CareNeededError(Exception):
    """A batch that was tried as if all of it were new holds something that waits or is to be parked."""


class BatchProcessor:
    """Applies batches with ``handlers`` and announces what was parked on ``<service>.parked``, if there is one."""

    def __init__(self, outbox: Outbox, intake: Intake, handlers: Handlers, lanes: int = 2) -> None:
        self._outbox = outbox
        self._intake = intake
        self._handlers = dict(handlers)
        topics = {spec.name: spec.event for spec in outbox.catalogue.owned_by(outbox.service)}
        self._announcement = topics.get(f"{outbox.service}.parked")
        self._lanes = lanes
        self._park_limit = ParkLimit()
        self._optimism = Optimism()

    async def process(self, records: Sequence[RawRecord]) -> Outcome:
        """Apply or park every one of ``records``, given in order of delivery.

        Partitions are spread over lanes that work at the same time, each in order, so that this process reads events
        while PostgreSQL writes others. Raises only for failures that pass by themselves (and for cancellation); then
        the caller waits and calls again with the same records, and what was applied before is recognised.
        """
        outcome = Outcome()
        self._park_limit.begin_batch()
        lanes: dict[int, list[RawRecord]] = {}
        for record in records:
            lanes.setdefault(record.partition % self._lanes, []).append(record)
        results = await asyncio.gather(
            *(self._process_lane(lane, outcome) for lane in lanes.values()), return_exceptions=True
        )
        failures = [result for result in results if isinstance(result, BaseException)]
        for failure in failures:
            if not is_transient(failure):
                raise failure
        if failures:
            raise failures[0]
        return outcome

    async def _process_lane(self, records: Sequence[RawRecord], outcome: Outcome) -> None:
        batch = self._intake.read(records)
        traces = [group.attributes.traceparent for group in batch.groups if group.attributes.traceparent]
        with batch_span("process batch", traces, {"messaging.batch.message_count": len(records)}):
            if not batch.parkables and self._optimism.tries() and await self._apply_as_new(batch, outcome):
                return
            await self._apply(batch, outcome)

    async def _apply_as_new(self, batch: Batch, outcome: Outcome) -> bool:
        """Apply ``batch`` as what it nearly always is: good, new and not waiting. False: nothing has happened."""
        worked = False
        try:
            await self._attempt(batch, outcome, optimistic=True)
            worked = True
        except Exception as error:
            if is_transient(error) and not took_too_long(error):
                raise
            log.info("batch_needs_care", error_type=type(error).__name__)
        self._optimism.note(worked=worked)
        return worked

    async def _apply(self, batch: Batch, outcome: Outcome) -> None:
        while len(batch):
            try:
                await self._attempt(batch, outcome)
            except _AgainError:
                continue
            except Exception as error:
                if is_transient(error) and not (len(batch) > 1 and took_too_long(error)):
                    raise
                if isinstance(error, EventsRejectedError) and _set_rejected_aside(batch, error):
                    continue
                if len(batch) > 1:
                    for half in batch.halves():
                        await self._apply(half, outcome)
                elif batch.groups:
                    self._park_limit.before_parking()
                    culprit = batch.groups[0]
                    log.exception("event_failed", topic=culprit.records[0].topic, exc_info=error)
                    reason = ParkReason(ParkCode.HANDLER_FAILED, describe_exception(error))
                    batch.set_aside({culprit.numbers[0]: reason})
                    continue
                else:
                    raise
            return

    async def _attempt(self, batch: Batch, outcome: Outcome, *, optimistic: bool = False) -> None:
        async with self._outbox.unit_of_work() as uow:
            uow.optimistic = optimistic
            live, to_park = await self._divide(uow, batch)
            if optimistic and to_park:
                raise _CareNeededError
            entered = await inbox.enter(uow, live)
            if entered.conflicting:
                batch.set_aside(dict.fromkeys(entered.conflicting, ParkReason(ParkCode.ID_REUSED)))
                raise _AgainError
            await handle(uow, self._handlers, entered.fresh)
            if to_park:
                await parking.park(uow, to_park, self._announcement)
                crash_point("before_park_commit")
        if to_park:
            crash_point("after_park_commit")
        applied = sum(map(len, entered.fresh))
        if applied:
            self._park_limit.note_success()
        outcome.applied += applied
        outcome.repeats += entered.repeats
        outcome.parked += len(to_park)
        for parkable in to_park:
            code = parkable.reason.code.value
            outcome.parked_by_reason[code] = outcome.parked_by_reason.get(code, 0) + 1

    async def _divide(self, uow: UnitOfWork, batch: Batch) -> tuple[list[EventGroup[Event]], list[Parkable]]:
        """Events to apply, and records to park: bad ones, and events whose key waits behind a bad one.

        Not every bad one makes its key wait (`reasons.HOLDS_KEY`).
        """
        keys_of_events = ((r.topic, (r.key or b"").decode()) for group in batch.groups for r in group.records)
        blocked = await parking.blocked_keys(uow, chain(keys_of_events, (p.topic_key for p in batch.parkables)))
        if not blocked and not batch.parkables:
            return batch.groups, []
        followers = [place.parkable(_FOLLOWS) for place in batch.places() if place.topic_key in blocked]
        parked_before = await parking.parked_before(uow, [*batch.parkables, *followers])
        live, to_park = _in_order(batch, blocked, parked_before)
        # Followers that were applied before the key was blocked are repeats; the rest wait behind the bad one.
        applied = await parking.applied_before(uow, [parkable for parkable in to_park if parkable.reason is _FOLLOWS])
        return live, [p for p in to_park if p.reason is not _FOLLOWS or p.event_id not in applied]


async def handle(uow: UnitOfWork, handlers: Handlers, groups: Sequence[EventGroup[Event]]) -> None:
    """Give ``groups`` to the handlers of their events, each key's in order also where versions of an event mix."""
    for event_type, groups_of_type in in_turns(groups):
        await handlers[event_type](uow, EventBatch(groups_of_type))


def is_transient(error: BaseException) -> bool:
    """Whether waiting helps."""
    if isinstance(error, BaseExceptionGroup):
        return any(is_transient(inner) for inner in error.exceptions)
    return isinstance(error, TransientFailureError) or classify_failure(error) is FailureKind.TRANSIENT


def _in_order(
    batch: Batch, blocked: set[TopicKey], parked_before: set[parking.Coordinates]
) -> tuple[list[EventGroup[Event]], list[Parkable]]:
    """Walk a batch in order of delivery: the events that go on, and the records to park that were not parked before."""
    places = {place.number: place for place in batch.places()}
    bad = {parkable.number: parkable for parkable in batch.parkables}
    live: dict[int, list[int]] = {}
    to_park: list[Parkable] = []
    for number in sorted(places.keys() | bad.keys()):
        if number in bad:
            parkable = bad[number]
            if parking.coordinates(parkable) not in parked_before:
                to_park.append(parkable)
                if parkable.topic_key is not None and parkable.reason.holds_key:
                    blocked.add(parkable.topic_key)
        elif places[number].topic_key in blocked:
            follower = places[number].parkable(_FOLLOWS)
            if parking.coordinates(follower) not in parked_before:
                to_park.append(follower)
        else:
            live.setdefault(id(places[number].group), []).append(places[number].place)
    return [group.only(live[id(group)]) for group in batch.groups if id(group) in live], to_park


def _set_rejected_aside(batch: Batch, error: EventsRejectedError) -> bool:
    """Have the rejected events parked. False if the handler named none of them: then it is an ordinary failure."""
    reasons = {
        place.number: ParkReason(ParkCode.HANDLER_REFUSED, error.details[place.event_id])
        for place in batch.places()
        if place.event_id in error.details
    }
    batch.set_aside(reasons)
    return bool(reasons)
