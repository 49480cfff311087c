"""Parcels of which a part cannot leave: they hold up nobody else, and never make an old state the latest one."""

from __future__ import annotations

import asyncio
import random
import uuid

import pytest
from aiokafka import AIOKafkaProducer

from shared.contracts.spec import Catalogue, TopicSpec
from shared.messaging.columnar.packed_outbox import FEWEST
from shared.messaging.envelope import partition_for
from shared.messaging.outbox import Outbox
from shared.messaging.publish.relay import Relay, RelaySettings
from tests.shared.messaging import history
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.kit import READER, WRITER


@pytest.mark.timeout(60)
async def test_parcels_that_wait_in_part_do_not_hold_up_what_comes_behind(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One partition is silent. Whatever goes to the others leaves, though each row has something for that one."""
    chance = random.Random(1)  # as chance falls otherwise, more of a slot waits than a round has room for
    counters = [(uuid.UUID(int=chance.getrandbits(128)),) for _ in range(640)]
    outbox = pair.world.writer(pair.writer_database)
    for version in range(1, 9):
        async with outbox.unit_of_work() as work:
            moved = pair.world.moved(aggregate_version=version, counter_id=counters[0][0], amount=1)
            work.emit_copies(moved, ["counter_id"], counters)
    free = sum(partition_for(str(key).encode(), pair.world.partitions) > 0 for (key,) in counters)
    genuine = AIOKafkaProducer.send_batch

    async def send_batch(self: AIOKafkaProducer, batch: object, topic: str, *, partition: int) -> object:
        if partition == 0:
            await asyncio.Event().wait()
        return await genuine(self, batch, topic, partition=partition)

    monkeypatch.setattr(AIOKafkaProducer, "send_batch", send_batch)
    settings = RelaySettings(batch_rows=3200, retry_delay_s=0.1, retry_delay_max_s=0.1)
    relay = Relay(pair.writer_database, WRITER, pair.world.producer(pair.bootstrap, stall_timeout_s=1.0), settings)
    pair.tasks.append(asyncio.create_task(relay.run(pair.stop)))
    async with asyncio.timeout(50):
        while relay.status.published < 8 * free:
            await asyncio.sleep(0.1)
    assert relay.status.published == 8 * free


@pytest.mark.timeout(60)
async def test_the_state_of_a_key_waits_in_no_packed_row(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relay is started anew while a part of a row waits: all of it is sent again, behind what came later. That is a
    legal repeat, but where Kafka keeps the latest of each key, an old state would be the latest for ever."""
    moved = pair.world.moved
    spec = TopicSpec(moved.TOPIC, "One.", moved, (WRITER,), (READER,), pair.world.partitions, None, compacted=True)
    outbox = Outbox(pair.writer_database, WRITER, Catalogue([spec]))
    counters = [(uuid.uuid4(),) for _ in range(4 * FEWEST)]
    free = [row for row in counters if partition_for(str(row[0]).encode(), pair.world.partitions) > 0]
    for version, rows in ((1, counters), (2, free)):
        async with outbox.unit_of_work() as work:
            exemplar = moved(aggregate_version=version, counter_id=rows[0][0], amount=1)
            work.emit_copies(exemplar, ["counter_id"], rows)
    genuine, is_silent = AIOKafkaProducer.send_batch, True

    async def send_batch(self: AIOKafkaProducer, batch: object, topic: str, *, partition: int) -> object:
        if partition == 0 and is_silent:
            await asyncio.Event().wait()
        return await genuine(self, batch, topic, partition=partition)

    monkeypatch.setattr(AIOKafkaProducer, "send_batch", send_batch)
    settings = RelaySettings(retry_delay_s=0.1, retry_delay_max_s=0.1)
    stop = asyncio.Event()
    relay = Relay(pair.writer_database, WRITER, pair.world.producer(pair.bootstrap, stall_timeout_s=0.5), settings)
    first = asyncio.create_task(relay.run(stop))
    while relay.status.failures < 2:
        await asyncio.sleep(0.05)
    stop.set()
    await first
    is_silent = False
    pair.relay()
    await pair.wait_drained()
    latest = dict(await history.read_topic(pair.bootstrap, moved.TOPIC, pair.world.partitions))
    assert {latest[str(key)] for (key,) in free} == {2}
