"""A worker can be stopped at any moment, and a second life is as good as the first."""

from __future__ import annotations

import asyncio
import time

import pytest

from shared.messaging.consume.consumer import Consumer
from tests.shared.messaging.conftest import Pair


async def test_a_worker_stops_while_it_waits_for_a_broker_that_says_nothing(pair: Pair) -> None:
    silent = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    worker = Consumer(
        pair.world.processor(pair.reader_database),
        [pair.world.moved.TOPIC],
        pair.world.consumer(f"127.0.0.1:{port}", graceful_timeout_s=2.0),
    )
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    await asyncio.sleep(0.5)
    stop.set()
    began = time.monotonic()
    async with asyncio.timeout(10):
        await running
    assert time.monotonic() - began < 5
    silent.close()


@pytest.mark.timeout(60)
async def test_a_worker_that_ran_before_works_again(pair: Pair) -> None:
    pair.relay()
    worker = Consumer(
        pair.world.processor(pair.reader_database), [pair.world.moved.TOPIC], pair.world.consumer(pair.bootstrap)
    )
    first = asyncio.Event()
    running = asyncio.create_task(worker.run(first))
    await pair.write(200)
    await pair.wait_applied(200)
    first.set()
    await running
    await pair.write(200, seed=2)
    pair.tasks.append(asyncio.create_task(worker.run(pair.stop)))
    await pair.wait_applied(400, 20)
    await pair.assert_once_in_order(400)
