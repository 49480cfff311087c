"""A relay and a worker on a database that takes no writes wait: nothing is sent in vain, nothing is parked."""

from __future__ import annotations

import asyncio

from tests.shared.database.read_only_server import set_read_only
from tests.shared.messaging.conftest import Pair

READ_ONLY_S = 3.0


async def test_a_relay_sends_nothing_that_it_could_not_delete(pair: Pair) -> None:
    await pair.write(400)
    await set_read_only(pair.writer_url, "on")
    await pair.writer_database.engine.dispose()
    relay = pair.relay()
    await asyncio.sleep(READ_ONLY_S)
    assert relay.status.failures > 0
    assert relay.status.published == 0
    await set_read_only(pair.writer_url, "off")
    await pair.wait_drained(10)
    verdict = await pair.log()
    assert (verdict.events, verdict.repeats, verdict.lost) == (400, 0, 0)


async def test_a_worker_waits_and_parks_nothing(pair: Pair) -> None:
    await set_read_only(pair.reader_url, "on")
    await pair.reader_database.engine.dispose()
    await pair.write(400)
    pair.relay()
    worker = pair.worker()
    await asyncio.sleep(READ_ONLY_S)
    assert worker.status.retries > 0
    assert (worker.status.applied, worker.status.parked) == (0, 0)
    await set_read_only(pair.reader_url, "off")
    await pair.wait_applied(400, 10)
    await pair.assert_once_in_order(400)
    assert worker.status.parked == 0
