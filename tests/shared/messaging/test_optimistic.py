"""A batch is first applied as if all were new; whatever proves that wrong costs a second attempt and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.clock import SystemClock
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.optimistic import Optimism
from shared.messaging.consume.processor import BatchProcessor
from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.foreign import OWN
from tests.shared.messaging.kit import CounterMoved
from tests.shared.messaging.records import StoredRecord, stored_record


class _Noting:
    """A handler that notes which attempts it has seen, and fails as told."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self.attempts: list[tuple[bool, int]] = []
        self.sql = "SELECT"

    async def __call__(self, uow: UnitOfWork, events: Sequence[Received[CounterMoved]]) -> None:
        self.attempts.append((uow.optimistic, len(events)))
        await self._pair.world.on_counter_moved(uow, events)
        if uow.optimistic:
            await uow.run(self.sql)


@pytest.fixture
def noting(pair: Pair) -> _Noting:
    return _Noting(pair)


@pytest.fixture
def processor(pair: Pair, noting: _Noting) -> BatchProcessor:
    world = pair.world
    return BatchProcessor(
        world.reader(pair.reader_database), Intake(world.catalogue, SystemClock()), {world.moved: noting}
    )


def _record(pair: Pair, offset: int, key: uuid.UUID | None = None, **change: Any) -> StoredRecord:
    spec = pair.world.catalogue.topic(pair.world.moved.TOPIC)
    event = pair.world.moved(aggregate_version=1, counter_id=key or uuid.uuid4(), amount=1)
    return replace(stored_record(spec, event, offset), partition=0, **change)


async def _count(pair: Pair, table: str) -> int:
    async with pair.reader_database.transaction() as tx:
        return int(await tx.fetch_value(f"SELECT count(*) FROM {table}"))


async def test_new_events_are_written_without_looking(pair: Pair, processor: BatchProcessor, noting: _Noting) -> None:
    outcome = await processor.process([_record(pair, offset) for offset in range(5)])
    assert (outcome.applied, outcome.repeats, noting.attempts) == (5, 0, [(True, 5)])
    assert [await _count(pair, table) for table in ("inbox", "applied", "outbox")] == [5, 5, 5]


async def test_repeats_are_found_and_optimism_returns(pair: Pair, processor: BatchProcessor, noting: _Noting) -> None:
    """Of an earlier batch, and within one batch. After a failure the next batch is not tried as if it were new."""
    first, second, third = ([_record(pair, 10 * batch + offset) for offset in range(3)] for batch in range(3))
    await processor.process(first)
    mixed = [*first, *second, second[0]]
    outcome = await processor.process(mixed)
    assert (outcome.applied, outcome.repeats) == (3, 4)
    assert (await processor.process(second)).repeats == 3
    assert (await processor.process(third)).applied == 3
    assert (await processor.process([_record(pair, 40)])).applied == 1
    assert noting.attempts == [(True, 3), (False, 3), (True, 3), (True, 1)]
    assert [await _count(pair, table) for table in ("inbox", "applied", "outbox")] == [10, 10, 10]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO counter SELECT id, 0 FROM (SELECT gen_random_uuid() AS id) one, generate_series(1, 2)",
        "SELECT 1 / 0",
    ],
)
async def test_a_handler_that_fails_optimistically_gets_a_second_chance(
    pair: Pair, processor: BatchProcessor, noting: _Noting, sql: str
) -> None:
    noting.sql = sql
    outcome = await processor.process([_record(pair, offset) for offset in range(4)])
    assert (outcome.applied, outcome.parked, noting.attempts) == (4, 0, [(True, 4), (False, 4)])
    assert [await _count(pair, table) for table in ("inbox", "applied", "outbox", "counter")] == [
        4,
        4,
        4,
        0,
    ]


async def test_the_other_body_under_a_known_id_is_parked(pair: Pair, processor: BatchProcessor) -> None:
    one, two = _record(pair, 1), _record(pair, 2)
    await processor.process([one])
    mine = [header for header in one.headers if header[0] == "ce_id"]
    two = replace(two, headers=[mine[0] if header[0] == "ce_id" else header for header in two.headers])
    assert (await processor.process([two, _record(pair, 3)])).parked_by_reason == {"id-reused": 1}
    assert await _count(pair, "applied") == 2


async def test_who_waits_behind_a_parked_event_still_waits(pair: Pair, processor: BatchProcessor) -> None:
    key = uuid.uuid4()
    await processor.process([OWN["a value that nobody knows"][0](_record(pair, 1, key))])
    good = [_record(pair, offset) for offset in (2, 3)]
    assert (await processor.process(good)).applied == 2  # as if new
    outcome = await processor.process([_record(pair, 4, key), _record(pair, 5)])
    assert outcome.parked == 1
    assert outcome.parked_by_reason == {"follows-parked": 1}
    assert await _count(pair, "applied") == 3


def test_who_keeps_meeting_repeats_tries_ever_less_often() -> None:
    optimism = Optimism(longest_rest_batches=8)
    tried = []
    for batch in range(60):
        if optimism.tries():
            tried.append(batch)
            optimism.note(worked=False)
    assert tried == [0, 2, 5, 10, 19, 28, 37, 46, 55]
    while not optimism.tries():
        pass
    optimism.note(worked=True)
    assert optimism.tries(), "one success, and it is as ever"
