"""The outside look at Kafka: lag of a group it does not disturb, and whether the broker answers."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.local.stack import Stack
from shared.health import Status
from shared.service.exit_codes import ExitCode
from shared.service.kafka_watch import KafkaWatch
from shared.service.migrations import Migrations
from tests.shared.service.conftest import DEMO_MIGRATIONS
from tests.shared.service.processes import DemoWorld
from tests.shared.service.waiting import until


async def fill(world: DemoWorld, partition: int, count: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=world.bootstrap)
    await producer.start()
    try:
        for _ in range(count):
            await producer.send_and_wait(world.topic, b"{}", partition=partition)
    finally:
        await producer.stop()


async def test_it_sees_the_lag_of_a_group_without_joining_it(world: DemoWorld) -> None:
    await world.create_topics()
    await fill(world, 0, 5)
    await fill(world, 1, 3)
    watch = KafkaWatch({"bootstrap_servers": world.bootstrap}, [world.topic, "absent.topic"], group_id=world.service)
    stop = asyncio.Event()
    assert (await watch.measure()).status is Status.FAILED, "not asked yet"
    await watch.look()
    assert (await watch.measure()).status is Status.OK
    # The stand-in broker makes the absent topic when it is asked for; Kafka does not.
    lags = {place: track.lag for place, track in watch.tracks.items() if place[0] == world.topic}
    assert lags == {
        (world.topic, 0): 5,
        (world.topic, 1): 3,
        (world.topic, 2): 0,
    }
    consumer = AIOKafkaConsumer(
        world.topic, bootstrap_servers=world.bootstrap, group_id=world.service, enable_auto_commit=False
    )
    await consumer.start()
    try:
        assert len(consumer.assignment()) == 3, "the watch holds no partition"
        await consumer.commit({TopicPartition(world.topic, 0): 4, TopicPartition(world.topic, 1): 3})
        await watch.look()
        assert [watch.tracks[(world.topic, number)].lag for number in range(3)] == [1, 0, 0]
        assert len(consumer.assignment()) == 3
    finally:
        await consumer.stop()
        stop.set()
        await watch.run(stop)  # closes the clients


async def test_a_frozen_broker_is_noticed_and_does_not_hold_up_the_end_of_a_worker(
    private_stack: Stack, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.service.kafka_watch.LOOK_TIMEOUT_S", 0.5)
    world = DemoWorld(tmp_path, private_stack.kafka_bootstrap, database_url)
    await Migrations(DEMO_MIGRATIONS).upgrade(database_url)
    await world.create_topics()
    worker = world.start("worker", graceful_timeout_s="2", hard_stop_timeout_s="6")
    watch = KafkaWatch({"bootstrap_servers": world.bootstrap}, [world.topic], period_s=0.1)
    stop = asyncio.Event()
    running = asyncio.create_task(watch.run(stop))

    async def is_(status: Status) -> bool:
        return (await watch.measure()).status is status

    kafka = private_stack.kafka
    if kafka is None:
        pytest.skip("Kafka is not ours to break: the environment points at one that runs elsewhere")
    try:
        await worker.ready()
        await until(lambda: is_(Status.OK))
        kafka.pause()
        try:
            await until(lambda: is_(Status.FAILED))
            assert "PAYUNG_KAFKA_BOOTSTRAP" in (await watch.measure()).advice
            code, seconds = await worker.end(signal.SIGTERM)
        finally:
            kafka.resume()
        assert code in (ExitCode.CLEAN, ExitCode.HUNG)
        assert seconds < 8
        await until(lambda: is_(Status.OK), 30)
    finally:
        stop.set()
        await asyncio.wait_for(running, 10)
        world.close()
