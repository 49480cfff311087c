"""An optimistic attempt that breaks off leaves nothing behind, and what another lane has done is not done again."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.clock import SystemClock
from shared.messaging.consume import inbox
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.processor import BatchProcessor
from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork
from shared.messaging.reasons import TransientFailureError
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.records import StoredRecord, stored_record


class _Breaking:
    """A handler that does its work and then raises ``error`` for events of partition 1, once."""

    def __init__(self, pair: Pair, error: BaseException) -> None:
        self._pair, self._error = pair, error
        self.broken = 0

    async def __call__(self, uow: UnitOfWork, events: Sequence[Received[Any]]) -> None:
        await self._pair.world.on_counter_moved(uow, events)
        if not self.broken and any(event.partition == 1 for event in events):
            self.broken += 1
            assert uow.optimistic
            raise self._error


def _records(pair: Pair, count: int) -> list[StoredRecord]:
    spec = pair.world.catalogue.topic(pair.world.moved.TOPIC)
    events = [pair.world.moved(aggregate_version=1, counter_id=uuid.uuid4(), amount=1) for _ in range(count)]
    return [replace(stored_record(spec, event, at), partition=at % 2) for at, event in enumerate(events)]


async def _counts(pair: Pair) -> list[int]:
    async with pair.reader_database.transaction() as tx:
        return [int(await tx.fetch_value(f"SELECT count(*) FROM {name}")) for name in ("inbox", "applied", "outbox")]


@pytest.mark.parametrize("error", [TransientFailureError(), asyncio.CancelledError()], ids=["transient", "cancelled"])
async def test_a_lane_that_breaks_off_is_done_again_alone(pair: Pair, error: BaseException) -> None:
    handler, world = _Breaking(pair, error), pair.world
    processor = BatchProcessor(
        world.reader(pair.reader_database), Intake(world.catalogue, SystemClock()), {world.moved: handler}
    )
    records = _records(pair, 10)
    with pytest.raises(type(error)):
        await processor.process(records)
    assert await _counts(pair) == [5, 5, 5]
    outcome = await processor.process(records)
    assert (outcome.applied, outcome.repeats, outcome.parked) == (5, 5, 0)
    assert await _counts(pair) == [10, 10, 10]


async def test_two_bodies_under_one_id_in_one_batch_are_never_both_applied(pair: Pair) -> None:
    world = pair.world
    processor = world.processor(pair.reader_database)
    first, other, third = (replace(record, partition=0) for record in _records(pair, 3))
    mine = next(header for header in first.headers if header[0] == "ce_id")
    spelled = ("ce_id", b"{" + (mine[1] or b"").upper() + b"}")
    other = replace(other, headers=[spelled if header[0] == "ce_id" else header for header in other.headers])
    outcome = await processor.process([first, other, third, first])
    assert (outcome.applied, outcome.parked) == (2, 1)
    assert await _counts(pair) == [2, 2, 2]


async def test_a_batch_that_was_committed_before_the_process_died_is_a_repeat(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, records = pair.world, _records(pair, 6)

    def processor() -> BatchProcessor:
        return world.processor(pair.reader_database)

    tried = 0
    genuine = inbox.enter

    async def enter(uow: UnitOfWork, groups: Any) -> inbox.Entered:
        nonlocal tried
        tried += uow.optimistic
        return await genuine(uow, groups)

    monkeypatch.setattr(inbox, "enter", enter)
    assert (await processor().process(records)).applied == 6
    outcome = await processor().process(records)  # a new process, which is optimistic
    assert (outcome.applied, outcome.repeats, tried) == (0, 6, 4)
    assert await _counts(pair) == [6, 6, 6]
