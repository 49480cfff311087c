"""What a service may say, that it is said with the state or not at all, and that old rows go."""

from __future__ import annotations

import asyncio
import time
import uuid
from datetime import timedelta

import pytest
from aiokafka import codec
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.contracts.spec import Catalogue, TopicSpec
from shared.messaging.consume.parked_admin import ParkedEvents
from shared.messaging.outbox import Outbox
from shared.messaging.publish.relay import Relay, RelaySettings
from shared.messaging.retention import RetentionSettings, check_inbox_age, purge
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.history import read_topic
from tests.shared.messaging.kit import READER, WRITER, CounterMoved, World


async def test_events_leave_with_the_state_or_not_at_all(pair: Pair) -> None:
    outbox = pair.world.writer(pair.writer_database)
    counter = pair.counters[0]
    with pytest.raises(ZeroDivisionError):
        async with outbox.unit_of_work() as work:
            await work.run("UPDATE counter SET version = 1 WHERE counter_id = $1", counter)
            work.emit(pair.world.moved(aggregate_version=1, counter_id=counter, amount=1))
            1 / 0  # noqa: B018
    async with pair.writer_database.transaction() as tx:
        assert await tx.fetch_value("SELECT count(*) FROM outbox") == 0
        assert await tx.fetch_value("SELECT version FROM counter WHERE counter_id = $1", counter) == 0


async def test_a_service_cannot_write_what_it_does_not_own(pair: Pair) -> None:
    outbox = pair.world.writer(pair.writer_database)
    with pytest.raises(ValueError, match="may not write"):
        async with outbox.unit_of_work() as work:
            work.emit(pair.world.seen(aggregate_version=1, counter_id=pair.counters[0]))


async def test_nobody_writes_a_topic_that_is_only_planned(pair: Pair) -> None:
    class Planned(CounterMoved):
        TOPIC = "counter-planned.moved"

    spec = TopicSpec(Planned.TOPIC, "Planned.", Planned, (WRITER,), (READER,), 1, planned=True)
    outbox = Outbox(pair.writer_database, WRITER, Catalogue([spec]))
    with pytest.raises(ValueError, match="only planned"):
        async with outbox.unit_of_work() as work:
            work.emit(Planned(aggregate_version=1, counter_id=pair.counters[0], amount=1))


async def test_an_event_that_no_reader_would_take_is_refused_before_it_is_stored(pair: Pair) -> None:
    class Large(CounterMoved):
        TOPIC = "counter-large.moved"
        text: str

    catalogue = Catalogue([TopicSpec(Large.TOPIC, "Large.", Large, (WRITER,), (READER,), 1)])
    outbox = Outbox(pair.writer_database, WRITER, catalogue)
    with pytest.raises(ValueError, match="split it"):
        async with outbox.unit_of_work() as work:
            work.emit(Large(aggregate_version=1, counter_id=uuid.uuid4(), amount=1, text="x" * 300_000))


async def test_a_missing_topic_holds_up_its_own_events_only(pair: Pair) -> None:
    late = World()  # its topics are not created yet
    specs = [*pair.world.catalogue, *late.catalogue]
    outbox = Outbox(pair.writer_database, WRITER, Catalogue(specs))
    settings = RelaySettings(unreachable_topic_pause_s=2.0)
    relay = Relay(pair.writer_database, WRITER, pair.world.producer(pair.bootstrap), settings)
    pair.tasks.append(asyncio.create_task(relay.run(pair.stop)))
    async with outbox.unit_of_work() as work:
        for version in range(1, 101):
            work.emit(late.moved(aggregate_version=version, counter_id=pair.counters[0], amount=1))
            work.emit(pair.world.moved(aggregate_version=version, counter_id=pair.counters[0], amount=1))
    began = time.monotonic()
    async with asyncio.timeout(30):
        while relay.status.published < 100:
            await asyncio.sleep(0.02)
    assert time.monotonic() - began < 10
    admin = AIOKafkaAdminClient(bootstrap_servers=pair.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(late.moved.TOPIC, 2, 1)])
    await admin.close()
    await pair.wait_drained(60)
    found = await read_topic(pair.bootstrap, late.moved.TOPIC, 2)
    assert [version for _, version in found] == list(range(1, 101))


async def test_old_inbox_entries_and_settled_events_go_and_waiting_ones_stay(pair: Pair) -> None:
    async with pair.reader_database.transaction() as tx:
        await tx.run(
            "INSERT INTO inbox SELECT gen_random_uuid(), 1, now() - make_interval(days => n)"
            " FROM generate_series(1, 100) n"
        )
        for status, days in (("parked", 900), ("dropped", 901), ("replayed", 2)):
            await tx.run(
                "INSERT INTO parked_event (topic, partition, kafka_offset, headers, reason_code, reason, status,"
                " parked_at, resolved_at, resolved_by, resolution)"
                " SELECT 't.moved', 0, days, '[]', 'c', 'r', status, past, CASE WHEN settled THEN past END,"
                " CASE WHEN settled THEN 'a' END, CASE WHEN settled THEN 'b' END"
                " FROM (SELECT $1::int AS days, $2::text AS status, now() - make_interval(days => $1) AS past,"
                " $2 <> 'parked' AS settled) AS given",
                days,
                status,
            )
    settings = RetentionSettings(inbox_age=timedelta(days=45), rows_per_step=10)
    purged = await purge(pair.reader_database, settings)
    assert (purged.inbox, purged.parked) == (56, 1)
    assert (await purge(pair.reader_database, settings)).inbox == 0
    admin = ParkedEvents(pair.reader_database, pair.world.reader(pair.reader_database), None, {})  # type: ignore[arg-type]
    assert {event.status for event in await admin.list_events(status=None)} == {"parked", "replayed"}


def test_the_inbox_must_remember_longer_than_kafka_delivers() -> None:
    specs = list(World().catalogue)
    check_inbox_age(RetentionSettings(inbox_age=timedelta(days=31)), specs)
    with pytest.raises(ValueError, match="raise the inbox age"):
        check_inbox_age(RetentionSettings(inbox_age=timedelta(days=30)), specs)


async def test_the_relay_compresses_quickly(pair: Pair) -> None:
    """aiokafka's own level costs twenty times as much on events and saves nothing."""
    levels: list[object] = []
    original = codec.cramjam.lz4.Compressor

    def compressor(**settings: object) -> object:
        levels.append(settings["level"])
        return original(**settings)

    outbox = pair.world.writer(pair.writer_database)
    async with outbox.unit_of_work() as work:
        work.emit(pair.world.moved(aggregate_version=1, counter_id=pair.counters[0], amount=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec.cramjam.lz4, "Compressor", compressor)
        pair.relay()
        await pair.wait_drained(30)
    assert levels == [1]
