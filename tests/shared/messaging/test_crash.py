"""Processes are killed at every named point; what was accepted has its effect once all the same."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from shared.messaging.crash import CRASH_POINTS
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.records import Sender

EVENTS = 6_000 if os.environ.get("PAYUNG_FAULTS") == "long" else 2_400  # a kill comes after 600 at most
RELAY_POINTS = ["before_produce", "after_produce", "after_outbox_delete"]
WORKER_POINTS = ["before_db_commit", "after_db_commit", "before_offset_commit", "after_offset_commit"]
PARK_POINTS = ["before_park_commit", "after_park_commit"]
REPLAY_POINTS = ["before_replay_commit", "after_replay_commit"]  # in test_parking.py


def test_every_crash_point_is_tested() -> None:
    assert set(RELAY_POINTS + WORKER_POINTS + PARK_POINTS + REPLAY_POINTS) == CRASH_POINTS


async def _killed(pair: Pair, role: str, point: str, *options: str) -> None:
    process = pair.process(role, *options, crash=point)
    assert await asyncio.to_thread(process.wait, 60) == -signal.SIGKILL, f"{role} did not reach {point}"


@pytest.mark.timeout(120)
async def test_relays_killed_at_every_point_lose_and_reorder_nothing(pair: Pair) -> None:
    await pair.write(EVENTS)
    for point in RELAY_POINTS:
        await _killed(pair, "relay", f"{point}:2", "--batch-rows", "300")
    pair.process("relay")
    await pair.wait_drained()
    verdict = await pair.log()
    assert (verdict.inversions, verdict.lost, verdict.from_nothing) == (0, 0, 0)
    assert verdict.repeats > 0, "a kill between Kafka's confirmation and the deletion repeats the round"


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_workers_killed_at_every_point_neither_lose_nor_double(pair: Pair) -> None:
    pair.relay()
    await pair.write(EVENTS)
    await pair.wait_drained()
    for point in WORKER_POINTS:
        await _killed(pair, "worker", f"{point}:2", "--max-records", "200")
    pair.process("worker")
    await pair.wait_applied(EVENTS, 90)
    await pair.assert_once_in_order(EVENTS)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_workers_killed_while_parking_park_once(pair: Pair) -> None:
    pair.relay()
    await pair.write(1000)
    await pair.wait_drained()
    async with Sender(pair) as sender:
        await sender.send(body=b"not json")
    for point in PARK_POINTS:
        await _killed(pair, "worker", point)
    pair.process("worker")
    await pair.wait_applied(1000, 60)
    await pair.assert_once_in_order(1000)
    async with pair.reader_database.transaction() as tx:
        assert await tx.fetch_value("SELECT count(*) FROM parked_event") == 1
