"""The order of a key survives any number of relays - and the test that says so can tell.

``PAYUNG_FAULTS=long`` runs each case with 200,000 events.
"""

from __future__ import annotations

import asyncio
import os

import pytest

from shared.messaging.envelope import OutboxRow
from shared.messaging.publish.publisher import Publisher
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.history import judge
from tests.shared.messaging.kit import WRITER

LONG = os.environ.get("PAYUNG_FAULTS") == "long"
EVENTS = 200_000 if LONG else 8_000
PLANTED_EVENTS = 20_000 if LONG else 6_000


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("relays", [1, 2, 4])
async def test_relays_keep_the_order_of_each_key(pair: Pair, relays: int) -> None:
    for _ in range(relays):
        pair.process("relay", "--batch-rows", "500")
    await pair.write(EVENTS)
    await pair.wait_drained(240)
    verdict = await pair.log()
    print(f"{relays} relays: {verdict}")  # noqa: T201 - a figure for the reader of the run
    assert verdict.events >= EVENTS
    assert (verdict.inversions, verdict.lost, verdict.from_nothing) == (0, 0, 0)


@pytest.mark.timeout(120)
async def test_a_skip_locked_relay_breaks_the_order_and_this_test_sees_it(pair: Pair) -> None:
    """The usual claim method, planted: if this shows no inversion, the test above proves nothing."""

    async def skip_locked_relay(done: asyncio.Event) -> None:
        publisher = Publisher(WRITER, pair.world.producer(pair.bootstrap))
        connection = await pair.writer_database.dedicated_connection()
        while True:
            async with connection.transaction():
                rows = await connection.fetch(
                    "SELECT slot, position, event_id, topic, schema_version, key, occurred_at, traceparent, body"
                    " FROM outbox ORDER BY position LIMIT 60 FOR UPDATE SKIP LOCKED"
                )
                if not rows:
                    if done.is_set():
                        break
                    await asyncio.sleep(0.005)
                    continue
                await publisher.publish([OutboxRow(*row) for row in rows])
                await connection.execute(
                    "DELETE FROM outbox WHERE position = ANY ($1::bigint[])", [row["position"] for row in rows]
                )
        await publisher.close()
        await connection.close()

    written = asyncio.Event()
    relays = [asyncio.create_task(skip_locked_relay(written)) for _ in range(4)]
    await pair.write(PLANTED_EVENTS)
    written.set()
    await asyncio.gather(*relays)
    verdict = await pair.log()
    print(f"SKIP LOCKED: {verdict}")  # noqa: T201
    assert verdict.lost == 0
    assert verdict.inversions > 0


async def test_slots_are_shared_evenly_and_taken_over(pair: Pair) -> None:
    first, second = pair.relay(), pair.relay()
    async with asyncio.timeout(15):
        while (first.status.held_slots, second.status.held_slots) != (16, 16):
            await asyncio.sleep(0.05)
    third = pair.process("relay")
    async with asyncio.timeout(15):
        while first.status.held_slots + second.status.held_slots > 22:
            await asyncio.sleep(0.05)
    third.kill()
    async with asyncio.timeout(15):
        while first.status.held_slots + second.status.held_slots < 32:
            await asyncio.sleep(0.05)


def test_the_judge_knows_a_reordering_from_a_repeat() -> None:
    assert judge([("a", 1), ("a", 2), ("a", 3), ("a", 2)], {"a": 3}).inversions == 0
    assert judge([("a", 1), ("a", 3), ("a", 2)], {"a": 3}).inversions == 1
    verdict = judge([("a", 1), ("b", 7)], {"a": 2})
    assert (verdict.lost, verdict.from_nothing) == (1, 1)
