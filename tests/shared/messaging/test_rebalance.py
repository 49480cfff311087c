"""Workers come and go while a batch is waiting for the database: nothing is lost, doubled or turned round."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from shared.messaging.consume.consumer import Consumer
from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork
from shared.messaging.reasons import TransientFailureError
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.kit import CounterMoved

QUICK: dict[str, Any] = {
    "revoke_wait_s": 1.0,
    "graceful_timeout_s": 2.0,
    "retry_delay_max_s": 0.5,
    "heartbeat_interval_ms": 300,  # how soon a member hears that others came or went
}


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_rebalances_while_a_batch_is_tried_again(pair: Pair) -> None:
    troubled = True
    failures = 0

    async def moody(uow: UnitOfWork, events: Sequence[Received[CounterMoved]]) -> None:
        nonlocal failures
        if troubled and any(received.partition in {1, 4} for received in events):
            failures += 1
            raise TransientFailureError
        await pair.world.on_counter_moved(uow, events)

    workers = []

    async def add() -> asyncio.Event:
        stop = asyncio.Event()
        consumer = Consumer(
            pair.world.processor(pair.reader_database, {pair.world.moved: moody}),
            [pair.world.moved.TOPIC],
            pair.world.consumer(pair.bootstrap, max_records=300, **QUICK),
        )
        workers.append(consumer)
        pair.tasks.append(asyncio.create_task(consumer.run(stop)))
        return stop

    async def shared_out(numbers: set[int]) -> None:
        """These workers own everything, each a part, and the troubled batch has failed again since."""

        def owned() -> list[int]:
            return [len(workers[number].owned_partitions()) for number in numbers]

        async with asyncio.timeout(30):
            while not all(owned()) or sum(owned()) != pair.world.partitions:
                await asyncio.sleep(0.05)
            enough = failures + 3
            while failures < enough:
                await asyncio.sleep(0.05)

    pair.relay()
    stops = [await add()]
    try:
        await pair.write(4000)
        await shared_out({0})
        for number in (1, 2):
            stops.append(await add())
            await shared_out(set(range(number + 1)))
        stops[0].set()
        await shared_out({1, 2})
        troubled = False
        await pair.wait_applied(4000, 60)
        await pair.assert_once_in_order(4000)
        assert sum(worker.status.parked for worker in workers) == 0
    finally:
        for stop in stops:
            stop.set()
