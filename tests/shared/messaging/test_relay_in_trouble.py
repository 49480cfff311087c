"""One topic's trouble is that topic's trouble, and a relay takes no more at once than it can hold."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.contracts.spec import Catalogue, TopicSpec
from shared.database import Database
from shared.messaging.envelope import OutboxRow
from shared.messaging.outbox import Outbox
from shared.messaging.publish.publisher import Publisher
from shared.messaging.publish.relay import Relay, RelaySettings
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.kit import READER, WRITER, CounterMoved


async def _narrow_topic(pair: Pair) -> tuple[type[CounterMoved], Outbox]:
    """A topic whose broker refuses every batch of ours, and an outbox that may write to it and to the ordinary one."""
    name = pair.world.moved.TOPIC.replace(".moved", ".narrow")
    narrow: type[CounterMoved] = type("Narrow", (CounterMoved,), {"TOPIC": name, "__module__": __name__})
    admin = AIOKafkaAdminClient(bootstrap_servers=pair.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, 6, 1, topic_configs={"max.message.bytes": "50"})])
    await admin.close()
    specs = [TopicSpec(event.TOPIC, "One.", event, (WRITER,), (READER,), 6) for event in (pair.world.moved, narrow)]
    return narrow, Outbox(pair.writer_database, WRITER, Catalogue(specs))


@pytest.mark.real_kafka
@pytest.mark.timeout(60)
async def test_a_topic_that_refuses_its_events_does_not_starve_the_others(pair: Pair) -> None:
    narrow, outbox = await _narrow_topic(pair)
    async with outbox.unit_of_work() as work:
        work.emit_all(narrow(aggregate_version=1, counter_id=uuid.uuid4(), amount=1) for _ in range(3000))
    async with outbox.unit_of_work() as work:
        work.emit_all(pair.world.moved(aggregate_version=1, counter_id=uuid.uuid4(), amount=1) for _ in range(500))
    relay = Relay(pair.writer_database, WRITER, pair.world.producer(pair.bootstrap), RelaySettings(batch_rows=640))
    pair.tasks.append(asyncio.create_task(relay.run(pair.stop)))
    async with asyncio.timeout(25):
        while relay.status.published < 500:
            await asyncio.sleep(0.1)
    async with pair.writer_database.transaction() as tx:
        assert await tx.fetch_value("SELECT count(*) FROM outbox") == 3000


async def test_what_kafka_has_confirmed_before_a_stall_is_known(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one silent partition lets all the others be sent again and again, and the outbox never drains."""
    genuine = AIOKafkaProducer.send_batch

    async def send_batch(self: AIOKafkaProducer, batch: object, topic: str, *, partition: int) -> object:
        if partition == 0:
            await asyncio.Event().wait()
        return await genuine(self, batch, topic, partition=partition)

    monkeypatch.setattr(AIOKafkaProducer, "send_batch", send_batch)
    publisher = Publisher(WRITER, pair.world.producer(pair.bootstrap, stall_timeout_s=2.0))
    await pair.write(1000)
    async with pair.writer_database.transaction() as tx:
        rows = [
            OutboxRow(*record)
            for record in await tx.fetch(
                "SELECT slot, position, event_id, topic, schema_version, key, occurred_at, traceparent, body"
                " FROM outbox ORDER BY position"
            )
        ]
    result = await publisher.publish(rows)
    assert isinstance(result.failure, TimeoutError)
    assert 0 < len(result.confirmed) < 1000
    await publisher.close()


async def test_large_events_are_taken_in_smaller_rounds(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """4,000 events of 256 KB would be a gigabyte."""
    largest = 0
    genuine = Publisher.publish

    async def publish(self: Publisher, rows: list[OutboxRow]) -> object:
        nonlocal largest
        largest = max(largest, sum(len(row.body or b"") for row in rows))
        return await genuine(self, rows)

    monkeypatch.setattr(Publisher, "publish", publish)
    async with pair.writer_database.transaction() as tx:
        await tx.run(
            "INSERT INTO outbox (slot, event_id, topic, schema_version, key, occurred_at, body)"
            " SELECT random(0, 31), gen_random_uuid(), $1, 1, gen_random_uuid()::text, now(),"
            " convert_to(repeat('x', 200000), 'UTF8')"
            " FROM generate_series(1, 600)",
            pair.world.moved.TOPIC,
        )
    relay = pair.relay()
    await pair.wait_drained()
    assert relay.status.published == 600
    assert largest <= 48 * 1024 * 1024


async def test_a_relay_that_has_vanished_keeps_no_slot_for_long(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keepalives do not count while a notification waits for its acknowledgement: that has a limit of its own."""
    limits = []
    genuine = Database.dedicated_connection

    async def dedicated_connection(self: Database, *settings: Any) -> asyncpg.Connection:
        connection = await genuine(self, *settings)
        limits.append(await connection.fetchval("SHOW tcp_user_timeout"))
        return connection

    monkeypatch.setattr(Database, "dedicated_connection", dedicated_connection)
    pair.relay()
    await pair.write(200)
    await pair.wait_drained()
    assert limits == ["25000"]
