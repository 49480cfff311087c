"""What a handler does to its transaction may make the batch fail, but never makes it half-true or stand for ever."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from shared.database.failures import FailureKind, classify_failure
from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork
from shared.messaging.reasons import TransientFailureError
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.kit import CounterMoved
from tests.shared.messaging.records import stored_record


def _records(pair: Pair, count: int) -> list[Any]:
    spec = pair.world.catalogue.topic(pair.world.moved.TOPIC)
    return [
        stored_record(spec, pair.world.moved(aggregate_version=1, counter_id=uuid.uuid4(), amount=1), offset)
        for offset in range(count)
    ]


async def _count(pair: Pair, table: str) -> int:
    async with pair.reader_database.transaction() as tx:
        return int(await tx.fetch_value(f"SELECT count(*) FROM {table}"))


@pytest.mark.parametrize("goes_on", [True, False])
@pytest.mark.parametrize("way", ["raw", "sqlalchemy"])
async def test_a_handler_that_swallows_a_failed_statement_does_not_lose_its_event(
    pair: Pair, way: str, goes_on: bool
) -> None:
    """PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error: the offset would pass the event."""

    async def swallows(uow: UnitOfWork, events: Sequence[Received[CounterMoved]]) -> None:
        await uow.run("INSERT INTO applied (event_id) SELECT unnest($1::uuid[])", [r.event_id for r in events])
        try:
            if way == "raw":
                await uow.run("INSERT INTO counter SELECT NULL, 1")
            else:
                await uow.execute(text("INSERT INTO counter SELECT NULL, 1"))
        except Exception:
            pass
        if goes_on:
            await uow.fetch("SELECT 1")

    processor = pair.world.processor(pair.reader_database, {pair.world.moved: swallows})
    outcome = await processor.process(_records(pair, 3))
    assert (outcome.applied, await _count(pair, "applied")) == (0, 0)
    assert (outcome.parked, await _count(pair, "parked_event")) == (3, 3)


async def test_a_part_that_is_rolled_back_takes_its_events_with_it(pair: Pair) -> None:
    async with pair.world.writer(pair.writer_database).unit_of_work() as uow:
        uow.emit(pair.world.moved(aggregate_version=1, counter_id=uuid.uuid4(), amount=1))
        with pytest.raises(KeyError):
            async with uow.savepoint():
                uow.emit(pair.world.moved(aggregate_version=1, counter_id=uuid.uuid4(), amount=2))
                raise KeyError
        async with uow.savepoint():
            uow.emit(pair.world.moved(aggregate_version=1, counter_id=uuid.uuid4(), amount=3))
    async with pair.writer_database.transaction() as tx:
        bodies = [row[0].decode() for row in await tx.fetch("SELECT body FROM outbox ORDER BY position")]
    assert ['"amount":1' in bodies[0], len(bodies), '"amount":3' in bodies[-1]] == [True, 2, True]


@pytest.mark.parametrize("way", ["raw", "sqlalchemy"])
async def test_a_value_that_the_driver_refuses_is_no_failure_that_passes(pair: Pair, way: str) -> None:
    """Else one such event would hold its partition for ever."""
    with pytest.raises(Exception) as refused:  # noqa: PT011
        async with pair.reader_database.transaction() as tx:
            if way == "raw":
                await tx.fetch("SELECT $1::int4", 2**40)
            else:
                await tx.execute(text("SELECT CAST(:value AS int4)"), {"value": 2**40})
    assert classify_failure(refused.value) is FailureKind.PERMANENT, repr(refused.value)


@pytest.mark.parametrize("way", ["raw", "sqlalchemy"])
@pytest.mark.parametrize("inside", [True, False])
async def test_a_connection_that_dies_anywhere_is_a_failure_that_passes(pair: Pair, way: str, inside: bool) -> None:
    async def die(tx: UnitOfWork) -> None:
        mine = await tx.fetch_value("SELECT pg_backend_pid()")
        other = await asyncpg.connect(pair.reader_url)
        await other.execute("SELECT pg_terminate_backend($1)", mine)
        await other.close()
        if way == "raw":
            await tx.fetch("SELECT 1")
        else:
            await tx.execute(text("SELECT 1"))

    with pytest.raises(Exception) as lost:  # noqa: PT011
        async with pair.world.reader(pair.reader_database).unit_of_work() as uow:
            if inside:
                async with uow.savepoint():
                    await die(uow)
            else:
                await die(uow)
    assert classify_failure(lost.value) is FailureKind.TRANSIENT, repr(lost.value)
    assert await _count(pair, "inbox") == 0, "the pool gives a sound connection afterwards"


async def test_a_group_of_failures_passes_if_one_of_them_does() -> None:
    group = ExceptionGroup("two at once", [ValueError(), ConnectionResetError()])
    assert classify_failure(group) is FailureKind.TRANSIENT
    assert classify_failure(ExceptionGroup("one", [ValueError()])) is FailureKind.PERMANENT


async def test_a_connection_lost_between_two_messages_parks_nobody(pair: Pair) -> None:
    """The driver then says "not connected" in an error of its own kind, as a cut while a statement is prepared does."""

    async def cut_off(uow: UnitOfWork, events: Sequence[Received[CounterMoved]]) -> None:
        raise asyncpg.InternalClientError("not connected")

    processor = pair.world.processor(pair.reader_database, {pair.world.moved: cut_off})
    with pytest.raises(asyncpg.InternalClientError):
        await processor.process(_records(pair, 1))
    assert await _count(pair, "parked_event") == 0


async def test_a_later_asked_for_in_a_group_is_waited_for(pair: Pair) -> None:
    async def later(uow: UnitOfWork, events: Sequence[Received[CounterMoved]]) -> None:
        raise ExceptionGroup("several", [TransientFailureError()])

    processor = pair.world.processor(pair.reader_database, {pair.world.moved: later})
    with pytest.raises(ExceptionGroup):
        await processor.process(_records(pair, 1))
    assert await _count(pair, "parked_event") == 0


async def test_a_batch_that_takes_too_long_as_a_whole_is_applied_in_parts(pair: Pair) -> None:
    """A statement time-out (57014) comes again with the same batch: waiting alone never helps."""
    sizes = []

    async def slow(uow: UnitOfWork, events: Sequence[Received[CounterMoved]]) -> None:
        sizes.append(len(events))
        await uow.run("SET LOCAL statement_timeout = 100")
        await uow.fetch("SELECT pg_sleep($1)", 0.02 * len(events))

    processor = pair.world.processor(pair.reader_database, {pair.world.moved: slow})
    outcome = await processor.process(_records(pair, 16))
    assert outcome.applied == 16, sizes
