"""A faulty release and a wrong clock park a few events, not a month of them, and recovery needs no operator."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.messaging.consume.consumer import Consumer
from shared.messaging.consume.park_limit import FAILURES_IN_A_ROW, ParkLimit, ParkLimitError
from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.kit import CounterMoved
from tests.shared.messaging.records import Sender


async def test_a_faulty_release_parks_few_events_and_the_mended_one_applies_the_rest(pair: Pair) -> None:
    faulty = True

    async def handle(uow: UnitOfWork, events: Sequence[Received[CounterMoved]]) -> None:
        if faulty:
            raise TypeError("a fault of the release")
        await pair.world.on_counter_moved(uow, events)

    handlers: dict[Any, Any] = {pair.world.moved: handle}
    processor = pair.world.processor(pair.reader_database, handlers)
    settings = pair.world.consumer(pair.bootstrap, retry_delay_max_s=0.5)
    worker = Consumer(processor, [pair.world.moved.TOPIC], settings)
    pair.tasks.append(asyncio.create_task(worker.run(pair.stop)))
    async with Sender(pair) as sender:
        for _ in range(300):
            await sender.send()
    async with asyncio.timeout(40):
        while worker.status.retries < 4:
            await asyncio.sleep(0.05)
    async with pair.reader_database.transaction() as tx:
        parked = await tx.fetch_value("SELECT count(*) FROM parked_event")
    assert FAILURES_IN_A_ROW <= parked <= FAILURES_IN_A_ROW + 4 * worker.status.retries
    faulty = False
    async with asyncio.timeout(60):
        async with pair.reader_database.transaction() as tx:
            parked = await tx.fetch_value("SELECT count(*) FROM parked_event")
        await pair.wait_applied(300 - parked - 2)


def test_the_brake_lets_single_culprits_pass_and_a_long_run_only_trickle() -> None:
    brake = ParkLimit(limit=3)
    for _ in range(10):
        brake.begin_batch()
        brake.before_parking()
        brake.note_success()
    for _ in range(3):
        brake.before_parking()
    with pytest.raises(ParkLimitError):
        brake.before_parking()
    for _ in range(5):
        brake.begin_batch()
        brake.before_parking()
        with pytest.raises(ParkLimitError):
            brake.before_parking()


async def test_a_clock_that_is_an_hour_ahead_parks_nothing(pair: Pair) -> None:
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat().encode()
    async with Sender(pair) as sender:
        await sender.send(headers=sender.headers(ce_time=ahead))
    worker = pair.worker()
    await pair.wait_applied(1)
    assert worker.status.parked == 0
