"""Every event has its effect once, whatever is delivered twice, joins, leaves or is stopped."""

from __future__ import annotations

import asyncio
import gc
import os

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import ConsumerRecord

from shared.messaging.consume.kafka_client import ConsumerSettings
from tests.shared.messaging.conftest import Pair

IS_LONG = os.environ.get("PAYUNG_FAULTS") == "long"


async def _rewind(pair: Pair, settings: ConsumerSettings) -> None:
    """Set the group's offsets back to the start, as an operator or a lost commit would."""
    client = AIOKafkaConsumer(bootstrap_servers=pair.bootstrap, group_id=settings.group_id, enable_auto_commit=False)
    await client.start()
    partitions = [TopicPartition(pair.world.moved.TOPIC, number) for number in range(pair.world.partitions)]
    client.assign(partitions)
    await client.commit(dict.fromkeys(partitions, 0))
    await client.stop()


@pytest.mark.real_kafka  # the stand-in takes offsets from members of the group only
async def test_redelivery_of_everything_changes_nothing(pair: Pair) -> None:
    pair.relay()
    await pair.write(2000)
    stop = asyncio.Event()
    first = pair.worker()
    await pair.wait_applied(2000)
    await pair.assert_once_in_order(2000)
    pair.stop.set()
    await asyncio.gather(*pair.tasks)
    pair.tasks.clear()
    pair.stop = stop
    await _rewind(pair, pair.world.consumer(pair.bootstrap))
    again = pair.worker()
    async with asyncio.timeout(30):
        while again.status.repeats < 2000:
            await asyncio.sleep(0.05)
    assert (first.status.applied, again.status.applied) == (2000, 0)
    await pair.assert_once_in_order(2000)


async def test_graceful_stop_commits_what_it_did_and_loses_nothing(pair: Pair) -> None:
    relay = pair.relay()
    await pair.write(6000)
    async with asyncio.timeout(30):
        while relay.status.published < 6000:
            await asyncio.sleep(0.02)
    first = pair.process("worker", "--max-records", "200")
    await pair.wait_applied(400)
    first.terminate()
    assert await asyncio.to_thread(first.wait, 20) == 0
    async with pair.reader_database.transaction() as tx:
        done = await tx.fetch_value("SELECT count(*) FROM applied")
    second = pair.worker()
    await pair.wait_applied(6000)
    await asyncio.sleep(0.3)
    assert second.status.repeats == 0, "a graceful stop commits the offsets of what it has applied"
    assert second.status.applied == 6000 - done
    await pair.assert_once_in_order(6000)


async def _until_members(pair: Pair, count: int) -> None:
    """Wait until the reader's group has shared its partitions out among ``count`` members."""
    admin = AIOKafkaAdminClient(bootstrap_servers=pair.bootstrap)
    await admin.start()
    try:
        async with asyncio.timeout(60):
            while True:
                (answer,) = await admin.describe_consumer_groups([pair.world.consumer(pair.bootstrap).group_id])
                (group,) = answer.to_object()["groups"]
                if (group["state"], len(group["members"])) == ("Stable", count):
                    return
                await asyncio.sleep(0.1)
    finally:
        await admin.close()


@pytest.mark.slow
@pytest.mark.real_kafka  # the stand-in describes no groups
@pytest.mark.timeout(700 if IS_LONG else 240)
async def test_workers_come_and_go_under_load(pair: Pair) -> None:
    """1 -> 3 -> 1 workers while events flow: nothing lost, nothing twice, order kept."""
    changed = asyncio.Event()

    async def flow() -> int:
        """Write until the group has changed and there were enough events; gives their number."""
        written = 0
        while written < (100_000 if IS_LONG else 6_000) or not changed.is_set():
            written += 960
            await pair.write(960, per_transaction=20, seed=written)
        return written

    pair.process("relay")
    workers = [pair.process("worker", "--max-records", "100")]
    writing = asyncio.create_task(flow())
    await pair.wait_applied(500)
    workers += [pair.process("worker", "--max-records", "100") for _ in range(2)]
    await _until_members(pair, 3)
    for worker in workers[:2]:
        worker.terminate()
    await _until_members(pair, 1)
    changed.set()
    events = await writing
    await pair.wait_applied(events, 300 if IS_LONG else 90)
    assert [await asyncio.to_thread(worker.wait, 20) for worker in workers[:2]] == [0, 0]
    await pair.assert_once_in_order(events)


async def test_the_trace_of_the_producer_goes_on_to_what_the_handler_emits(pair: Pair) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    outbox = pair.world.writer(pair.writer_database)
    outbox.current_traceparent = lambda: trace
    pair.relay()
    pair.worker()
    async with outbox.unit_of_work() as work:
        work.emit(pair.world.moved(aggregate_version=1, counter_id=pair.counters[0], amount=1))
    await pair.wait_applied(1)
    async with pair.reader_database.transaction() as tx:
        assert await tx.fetch_value("SELECT traceparent FROM outbox") == trace


async def test_a_worker_knows_its_partitions_before_the_first_event(pair: Pair) -> None:
    """The check that finds a stuck worker asks for them; not knowing would make it look well."""
    worker = pair.worker()
    async with asyncio.timeout(20):
        while len(worker.owned_partitions()) < pair.world.partitions:
            await asyncio.sleep(0.05)
    assert {topic for topic, _ in worker.owned_partitions()} == {pair.world.moved.TOPIC}


async def test_a_batch_is_let_go_when_it_is_done(pair: Pair) -> None:
    """The message around a batch is part of a cycle of FastStream's; the collector may come for it much later."""
    pair.relay()
    await pair.write(4000)
    await pair.wait_drained()
    gc.disable()
    try:
        pair.worker(max_records=200)
        await pair.wait_applied(4000)
        await asyncio.sleep(0.3)
        held = sum(isinstance(one, ConsumerRecord) for one in gc.get_objects())
    finally:
        gc.enable()
    assert held <= 2 * 200, f"{held} records of batches that are done are still in memory"
