"""Applies a batch of records exactly once each, or parks them: the part of the consumer that knows no Kafka.

One transaction holds inbox, handlers' state, parked rows and outbox. If a handler fails for good, the batch is
halved until the culprit stands alone; it is parked and everybody else is applied. A batch too large for the time that
a statement may take is halved as well. All that comes second: first a batch is applied as if all of it were good and
new (`hopeful`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared.contracts.base import Event
from shared.database.failures import FailureKind, classify_failure, took_too_long
from shared.invariants import require_some
from shared.messaging.columnar.event_groups import Part
from shared.messaging.consume import inbox, parking
from shared.messaging.consume.intake import Intake, Item
from shared.messaging.consume.optimistic import apply_at_once
from shared.messaging.consume.park_limit import StormBrake
from shared.messaging.crash import crash_point
from shared.messaging.envelope import Received
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

Handler = Callable[[UnitOfWork, Sequence[Received[Any]]], Awaitable[None]]
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
    """Some items have got a reason to be parked; the attempt starts over with that knowledge."""


class BatchProcessor:
    """Applies batches with ``handlers`` and announces what was parked on ``<service>.parked``."""

    def __init__(self, outbox: Outbox, intake: Intake, handlers: Handlers, lanes: int = 2) -> None:
        self._outbox = outbox
        self._intake = intake
        self._handlers = dict(handlers)
        parked_topic = f"{outbox.service}.parked"
        known = parked_topic in outbox.catalogue
        self._announcement = outbox.catalogue.topic(parked_topic).event if known else None
        self._lanes = lanes
        self._brake = StormBrake()
        self._hopes = True

    def read(self, records: Sequence[RawRecord]) -> list[Item]:
        """Turn raw records into items; a bad one gets its reason, its neighbours are not touched."""
        return self._intake.read_all(records)

    async def process(self, records: Sequence[RawRecord]) -> Outcome:
        """Apply or park every one of ``records``, given in order of delivery.

        Partitions are spread over lanes that work at the same time, each in order, so that this process reads events
        while PostgreSQL writes others. Raises only for failures that pass by themselves (and for cancellation); then
        the caller waits and calls again with the same records, and what was applied before is recognised.
        """
        outcome = Outcome()
        self._brake.begin_batch()
        lanes: dict[int, list[RawRecord]] = {}
        for record in records:
            lanes.setdefault(record.partition % self._lanes, []).append(record)
        done = await asyncio.gather(
            *(self._process_lane(lane, outcome) for lane in lanes.values()), return_exceptions=True
        )
        failures = [result for result in done if isinstance(result, BaseException)]
        for failure in failures:
            if not is_transient(failure):
                raise failure
        if failures:
            raise failures[0]
        return outcome

    async def _process_lane(self, records: Sequence[RawRecord], outcome: Outcome) -> None:
        if self._hopes and await self._hope(records, outcome):
            return
        items = self.read(records)
        traces = [item.received.traceparent for item in items if item.received and item.received.traceparent]
        with batch_span("process batch", traces, {"messaging.batch.message_count": len(items)}):
            await self._apply(items, outcome)

    async def _hope(self, records: Sequence[RawRecord], outcome: Outcome) -> bool:
        """Apply ``records`` as what they nearly always are: good, new and not waiting. False: nothing has happened,
        look at each.
        """
        parts = self._intake.read_alike(records)
        done = parts is not None and await self._apply_parts(parts)
        self._hopes = done
        if done:
            self._brake.note_success()
            outcome.applied += len(records)
        return done

    async def _apply_parts(self, parts: Sequence[Part[Event]]) -> bool:
        traces = [part.head.traceparent for part in parts if part.head.traceparent]
        with batch_span("process batch", traces, {"messaging.batch.message_count": sum(map(len, parts))}):
            try:
                return await apply_at_once(self._outbox, self._handlers, parts)
            except Exception as error:
                if is_transient(error) and not took_too_long(error):
                    raise
                log.info("batch_needs_care", error_type=type(error).__name__)
                return False

    async def _apply(self, items: list[Item], outcome: Outcome) -> None:
        while items:
            try:
                await self._attempt(items, outcome)
            except _AgainError:
                continue
            except Exception as error:
                if is_transient(error) and not (len(items) > 1 and took_too_long(error)):
                    raise
                if isinstance(error, EventsRejectedError) and _mark_rejected(items, error):
                    continue
                if len(items) > 1:
                    middle = len(items) // 2
                    await self._apply(items[:middle], outcome)
                    await self._apply(items[middle:], outcome)
                elif items[0].reason is None:
                    self._brake.before_parking()
                    log.exception("event_failed", topic=items[0].record.topic, exc_info=error)
                    items[0].reason = ParkReason(ParkCode.HANDLER_FAILED, describe_exception(error))
                    continue
                else:
                    raise
            return

    async def _attempt(self, items: list[Item], outcome: Outcome) -> None:
        async with self._outbox.unit_of_work() as work:
            live, parked = await self._divide(work, items)
            entered = await inbox.enter(work, live)
            if entered.conflicting:
                for item in entered.conflicting:
                    item.reason = ParkReason(ParkCode.ID_REUSED)
                raise _AgainError
            await self._handle(entered.fresh, work)
            if parked:
                await parking.park(work, parked, self._announcement)
                crash_point("before_park_commit")
        if parked:
            crash_point("after_park_commit")
        if entered.fresh:
            self._brake.note_success()
        # Repeats come in rows, and so do bad events.
        self._hopes = not (entered.repeats or parked)
        outcome.applied += len(entered.fresh)
        outcome.repeats += entered.repeats
        outcome.parked += len(parked)
        for item in parked:
            code = require_some(item.reason, "What is parked was given a reason.").code.value
            outcome.parked_by_reason[code] = outcome.parked_by_reason.get(code, 0) + 1

    async def _divide(self, work: UnitOfWork, items: list[Item]) -> tuple[list[Item], list[Item]]:
        """Sort items into those to apply and those to park: bad ones, and ones whose key waits behind a bad one."""
        blocked = await parking.blocked_keys(work, map(parking.topic_key, items))
        bad = [item for item in items if item.reason is not None and item.reason is not _FOLLOWS]
        if not blocked and not bad:
            return items, []
        doubtful = bad + [item for item in items if parking.topic_key(item) in blocked]
        parked_before = await parking.parked_before(work, doubtful)
        live: list[Item] = []
        parked: list[Item] = []
        for item in items:
            pair = parking.topic_key(item)
            if item.reason is not None and item.reason is not _FOLLOWS:
                if parking.coordinates(item) not in parked_before:
                    parked.append(item)
                    if pair is not None:
                        blocked.add(pair)
            elif pair in blocked:
                if parking.coordinates(item) not in parked_before:
                    parked.append(item)
            else:
                live.append(item)
        return live, await self._without_applied(work, parked)

    async def _without_applied(self, work: UnitOfWork, parked: list[Item]) -> list[Item]:
        """Followers that were applied before the key was blocked are repeats; the rest wait behind the bad one."""
        followers = [item for item in parked if item.reason is None or item.reason is _FOLLOWS]
        applied = await parking.applied_before(work, followers)
        for item in followers:
            item.reason = _FOLLOWS
        return [item for item in parked if item.reason is not _FOLLOWS or item.event_id not in applied]

    async def _handle(self, items: Sequence[Item], work: UnitOfWork) -> None:
        for event_type, events in _by_event_type(items).items():
            await self._handlers[event_type](work, events)


def _by_event_type(items: Sequence[Item]) -> dict[type[Event], list[Received[Event]]]:
    groups: dict[type[Event], list[Received[Event]]] = {}
    for item in items:
        if item.received is not None and item.event_type is not None:
            groups.setdefault(item.event_type, []).append(item.received)
    return groups


def is_transient(error: BaseException) -> bool:
    """Whether waiting helps."""
    if isinstance(error, BaseExceptionGroup):
        return any(is_transient(inner) for inner in error.exceptions)
    return isinstance(error, TransientFailureError) or classify_failure(error) is FailureKind.TRANSIENT


def _mark_rejected(items: Sequence[Item], error: EventsRejectedError) -> bool:
    """Give the rejected items their reason. False if the handler named none of them: then it is an ordinary failure."""
    marked = False
    for item in items:
        if item.reason is None and item.event_id in error.details:
            item.reason = ParkReason(ParkCode.HANDLER_REFUSED, error.details[item.event_id])
            marked = True
    return marked
