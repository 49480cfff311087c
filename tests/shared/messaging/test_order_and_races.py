"""What only happens when two things meet: versions of an event in one batch, readers of one partition, an operator."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from shared.clock import SystemClock
from shared.contracts.events.parked import parked_by
from shared.contracts.spec import Catalogue, TopicSpec
from shared.messaging.consume import parking
from shared.messaging.consume.batch import Parkable
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.parked_admin import ParkedEvents
from shared.messaging.consume.processor import BatchProcessor
from shared.messaging.envelope import Received, schema_uri
from shared.messaging.outbox import Outbox, UnitOfWork
from shared.messaging.reasons import ParkCode, ParkReason
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.kit import READER, WRITER, CounterMoved
from tests.shared.messaging.records import StoredRecord, stored_record


def _parkable(pair: Pair, offset: int, key: UUID) -> Parkable:
    spec = pair.world.catalogue.topic(pair.world.moved.TOPIC)
    record = stored_record(spec, pair.world.moved(aggregate_version=1, counter_id=key, amount=1), offset)
    return Parkable(record, offset, str(key), uuid.uuid4(), ParkReason(ParkCode.HANDLER_FAILED))


@pytest.mark.parametrize("careful", [False, True])
async def test_a_key_keeps_its_order_across_versions_of_its_event(pair: Pair, careful: bool) -> None:
    """While two releases write at the same time, a batch may have both versions of one key, in turns."""
    first = pair.world.moved
    second: type[CounterMoved] = type(
        "MovedSecond", (CounterMoved,), {"TOPIC": first.TOPIC, "VERSION": 2, "__module__": __name__}
    )
    spec = TopicSpec(first.TOPIC, "Moves.", second, (WRITER,), (READER,), 6, older_events=(first,))
    seen: list[tuple[UUID, int]] = []
    calls = 0

    async def note(uow: UnitOfWork, events: Sequence[Received[CounterMoved]]) -> None:
        nonlocal calls
        if careful and uow.optimistic:
            raise RuntimeError
        calls += 1
        seen.extend((received.event.counter_id, received.event.aggregate_version) for received in events)

    def record(event_type: type[CounterMoved], key: UUID, version: int) -> StoredRecord:
        event = event_type(aggregate_version=version, counter_id=key, amount=1)
        written = stored_record(spec, event, offset := len(records))
        schema = ("ce_dataschema", schema_uri(first.TOPIC, event_type.VERSION).encode())
        headers = [schema if header[0] == schema[0] else header for header in written.headers]
        return replace(written, offset=offset, headers=headers)

    keys = [uuid.uuid4() for _ in range(40)]
    records: list[StoredRecord] = []
    for version in range(1, 5):
        for place, key in enumerate(keys):
            records.append(record((first, second)[(version + place) % 2], key, version))
    outbox = Outbox(pair.reader_database, READER, Catalogue([spec]))
    intake = Intake(outbox.catalogue, SystemClock())
    outcome = await BatchProcessor(outbox, intake, {first: note, second: note}).process(records)
    assert outcome.applied == len(seen) == len(records)
    for key in keys:
        assert [version for seen_key, version in seen if seen_key == key] == [1, 2, 3, 4]
    assert calls <= 5, "one call for each change of version that a key has seen, not one for each event"


async def test_what_is_parked_is_announced_though_another_reader_was_quicker_with_the_rest(pair: Pair) -> None:
    """Who has lost a partition without knowing parks the same records; the batches need not begin at the same one."""
    announcement = parked_by(READER)
    spec = TopicSpec(announcement.TOPIC, "Parked.", announcement, (READER,), (), 1)
    outbox = Outbox(pair.reader_database, READER, Catalogue([spec]))
    one, two = _parkable(pair, 1, uuid.uuid4()), _parkable(pair, 2, uuid.uuid4())
    async with outbox.unit_of_work() as uow:
        await parking.park(uow, [one], announcement)
    async with outbox.unit_of_work() as uow:
        await parking.park(uow, [one, two], announcement)
    async with pair.reader_database.transaction() as tx:
        bodies = await tx.fetch("SELECT body FROM outbox ORDER BY position")
        positions = await tx.fetch("SELECT position, kafka_offset FROM parked_event ORDER BY position")
    said = [announcement.from_json_bytes(row["body"]) for row in bodies]
    assert [(event.position, event.offset) for event in said] == [tuple(row) for row in positions]
    assert [event.event_id for event in said] == [one.event_id, two.event_id]


async def test_a_key_is_held_though_an_operator_frees_it_at_the_same_time(pair: Pair) -> None:
    """A row of ``parked_key`` that blocks nobody: the program before had one for each foreign record."""
    topic, key = pair.world.moved.TOPIC, uuid.uuid4()
    outbox = pair.world.reader(pair.reader_database)
    intake = Intake(pair.world.catalogue, SystemClock())
    admin = ParkedEvents(pair.reader_database, outbox, intake, {pair.world.moved: pair.world.on_counter_moved})
    foreign = replace(_parkable(pair, 1, key), reason=ParkReason(ParkCode.WRITER_FOREIGN))
    async with outbox.unit_of_work() as uow:
        await uow.run(parking.BLOCK_KEYS, [topic], [str(key)])
        await parking.park(uow, [foreign], None)
    [parked] = await admin.list_events()
    async with outbox.unit_of_work() as uow:
        assert await parking.blocked_keys(uow, [(topic, str(key))]) == set()
        await parking.park(uow, [_parkable(pair, 2, key)], None)
        dropping = asyncio.create_task(admin.drop(parked.position, by="operator", note="not the owner's"))
        await asyncio.wait({dropping}, timeout=0.5)
    await dropping
    assert await admin.blocked_keys() == [(topic, str(key))]
