"""Broker and database go away, freeze and come back; commands are accepted or refused cleanly and nothing is lost.

``PAYUNG_FAULTS=long`` takes them away for 30 s, else for 2 s.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from deploy.local.child import Child
from deploy.local.stack import Stack
from shared.database import Database, FailureKind, classify_failure
from tests.faults.proxy import FaultyProxy
from tests.shared.messaging.conftest import Pair, make_pair, prepare

OUTAGE_S = 30.0 if os.environ.get("PAYUNG_FAULTS") == "long" else 2.0


@pytest.fixture
async def fragile(private_stack: Stack) -> AsyncIterator[Pair]:
    """A pair on a stack that may be broken."""
    databases = private_stack.databases
    assert databases is not None
    made = [await asyncio.to_thread(databases.create_temporary, "fragile") for _ in range(2)]
    for _, url in made:
        await prepare("kit", url)
    pair = await make_pair(private_stack.kafka_bootstrap, made[0][1], made[1][1])
    try:
        yield pair
    finally:
        await pair.close()
        for name, _ in made:
            await asyncio.to_thread(databases.drop, name)


def _child(stack: Stack, name: str) -> Child:
    child: Child | None = getattr(stack, name)
    if child is None:
        pytest.skip(f"{name} is not ours to break: the environment points at one that runs elsewhere")
    return child


@pytest.mark.real_kafka
@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("way", ["kill", "stop"])
async def test_broker_down(private_stack: Stack, fragile: Pair, way: str) -> None:
    """Commands are accepted while the broker is down; the backlog drains when it is back, without a restart."""
    kafka = _child(private_stack, "kafka")
    fragile.relay()
    worker = fragile.worker()
    await fragile.write(2000)
    await fragile.wait_applied(200)
    await asyncio.to_thread(getattr(kafka, way))
    began = time.monotonic()
    await fragile.write(2000, seed=2)
    async with fragile.writer_database.transaction() as tx:
        assert await tx.fetch_value("SELECT count(*) FROM outbox") >= 2000, "accepted, and waiting for the broker"
    await asyncio.sleep(max(0.0, OUTAGE_S - (time.monotonic() - began)))
    await asyncio.to_thread(kafka.start)
    back = time.monotonic()
    await fragile.wait_applied(4000, 120)
    print(f"broker down {back - began:.0f} s, all applied {time.monotonic() - back:.1f} s after its return")  # noqa: T201
    await fragile.assert_once_in_order(4000)
    assert worker.status.parked == 0
    verdict = await fragile.log()
    assert (verdict.inversions, verdict.lost, verdict.from_nothing) == (0, 0, 0)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_database_down(private_stack: Stack, fragile: Pair) -> None:
    """Commands are refused while the database is down; relay and worker wait and go on by themselves."""
    postgres = _child(private_stack, "postgres")
    fragile.relay()
    worker = fragile.worker()
    await fragile.write(2000)
    await fragile.wait_applied(200)
    await asyncio.to_thread(postgres.kill)
    with pytest.raises(Exception) as refusal:  # noqa: PT011 - any, if it is known as one that passes
        await fragile.write(200, seed=2)
    assert classify_failure(refusal.value) is FailureKind.TRANSIENT
    await asyncio.sleep(OUTAGE_S)
    await asyncio.to_thread(postgres.start)
    back = time.monotonic()
    await fragile.write(2000, seed=3)
    await fragile.wait_applied(4000, 120)
    print(f"all applied {time.monotonic() - back:.1f} s after the database's return")  # noqa: T201
    await fragile.assert_once_in_order(4000)
    assert worker.status.parked == 0


@pytest.mark.real_kafka
@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_broker_frozen(private_stack: Stack, fragile: Pair) -> None:
    """A broker that keeps its connections but answers nothing, as after a half-open TCP connection."""
    kafka = _child(private_stack, "kafka")
    fragile.relay()
    worker = fragile.worker()
    await fragile.write(2000)
    await fragile.wait_applied(200)
    await asyncio.to_thread(kafka.pause)
    await fragile.write(2000, seed=2)
    await asyncio.sleep(max(OUTAGE_S, 12.0))
    await asyncio.to_thread(kafka.resume)
    await fragile.wait_applied(4000, 120)
    await fragile.assert_once_in_order(4000)
    assert worker.status.parked == 0
    verdict = await fragile.log()
    assert (verdict.inversions, verdict.lost, verdict.from_nothing) == (0, 0, 0)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_half_open_and_cut_connections_to_the_database(pair: Pair) -> None:
    """Connections through a proxy stall without closing, then break; relay and worker recover by themselves."""
    parts = urlsplit(pair.reader_url)
    assert parts.hostname
    assert parts.port
    await pair.write(4000)
    async with FaultyProxy(parts.hostname, parts.port) as proxy:

        def through_proxy(url: str) -> str:
            return url.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{proxy.port}")

        pair.process("relay", "--batch-rows", "200", url=through_proxy(pair.writer_url))
        pair.process("worker", "--max-records", "100", url=through_proxy(pair.reader_url))
        await pair.wait_applied(300)
        for _ in range(3):
            proxy.stall()
            await asyncio.sleep(1.5)
            proxy.flow()
            await asyncio.sleep(0.2)
            proxy.cut()
            await asyncio.sleep(0.3)
        await pair.wait_applied(4000, 90)
    await pair.assert_once_in_order(4000)
    verdict = await pair.log()
    assert (verdict.inversions, verdict.lost, verdict.from_nothing) == (0, 0, 0)


async def test_a_database_that_is_not_there_is_a_failure_that_passes(free_port: int) -> None:
    database = Database(f"postgresql://nobody:nothing@127.0.0.1:{free_port}/none", connect_timeout_s=1)
    with pytest.raises(Exception) as refusal:  # noqa: PT011
        await database.ping()
    assert classify_failure(refusal.value) is FailureKind.TRANSIENT
    await database.close()
