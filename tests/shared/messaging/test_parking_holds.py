"""Parking holds whatever the record, the operator or the topic's own history does."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import field_validator

from shared.clock import SystemClock
from shared.contracts.catalogue import parked_topic
from shared.contracts.spec import Catalogue, TopicSpec
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.parked_admin import ParkedEvents
from shared.messaging.consume.processor import BatchProcessor
from shared.messaging.envelope import Received
from shared.messaging.outbox import Outbox, UnitOfWork
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.foreign import OWN
from tests.shared.messaging.kit import READER, WRITER, CounterMoved
from tests.shared.messaging.records import Sender, StoredRecord, stored_record


def _record(pair: Pair, key: uuid.UUID, version: int, offset: int, partition: int = 0, **change: Any) -> StoredRecord:
    spec = pair.world.catalogue.topic(pair.world.moved.TOPIC)
    event = pair.world.moved(aggregate_version=version, counter_id=key, amount=1)
    return replace(stored_record(spec, event, offset), partition=partition, **change)


async def _rows(pair: Pair, query: str) -> list[tuple[Any, ...]]:
    async with pair.reader_database.transaction() as tx:
        return [tuple(row) for row in await tx.fetch(query)]


def _admin(pair: Pair) -> ParkedEvents:
    return ParkedEvents(
        pair.reader_database,
        pair.world.reader(pair.reader_database),
        Intake(pair.world.catalogue, SystemClock()),
        {pair.world.moved: pair.world.on_counter_moved},
    )


async def test_a_huge_key_does_not_stop_the_partition(pair: Pair) -> None:
    """PostgreSQL indexes no value of more than 2.7 kB; the key of a foreign record may have a megabyte."""
    async with Sender(pair) as sender:
        await sender.send(partition=0)
        await sender.send(key=secrets.token_hex(20_000).encode(), partition=0)
        await sender.send(partition=0)
    pair.worker()
    await pair.wait_applied(2, 20)
    assert await _rows(pair, "SELECT reason_code, length(record_key) FROM parked_event") == [("key-mismatch", 40_000)]


async def test_a_topic_made_anew_has_its_bad_records_parked_too(pair: Pair) -> None:
    """Offsets begin at 0 again; what was parked and settled in the topic's earlier life is another record."""
    processor = pair.world.processor(pair.reader_database)
    first, second = uuid.uuid4(), uuid.uuid4()
    await processor.process([_record(pair, first, 1, 7, value=b"{")])
    position = (await _rows(pair, "SELECT position FROM parked_event"))[0][0]
    await _admin(pair).drop(position, by="operator", note="told the writer")
    outcome = await processor.process([_record(pair, second, 1, 7, value=b"[")])
    assert outcome.parked == 1
    assert await _rows(pair, "SELECT key FROM parked_event ORDER BY position") == [(str(first),), (str(second),)]


async def test_a_redelivered_record_is_parked_once(pair: Pair) -> None:
    """The other side of the test above."""
    processor = pair.world.processor(pair.reader_database)
    record = _record(pair, uuid.uuid4(), 1, 7, value=b"{")
    outcomes = [await processor.process([record]) for _ in range(2)]
    assert [outcome.parked for outcome in outcomes] == [1, 0]
    assert await _rows(pair, "SELECT count(*) FROM parked_event") == [(1,)]


async def test_replay_keeps_the_order_after_the_number_of_partitions_has_changed(pair: Pair) -> None:
    processor = pair.world.processor(pair.reader_database)
    key = uuid.uuid4()
    bad = OWN["a value that nobody knows"][0](_record(pair, key, 1, 90, partition=5))
    await processor.process([bad, _record(pair, key, 2, 91, partition=5)])
    await processor.process([_record(pair, key, 3, 4, partition=1), _record(pair, key, 4, 5, partition=1)])
    position = (await _rows(pair, "SELECT position FROM parked_event ORDER BY position"))[0][0]
    await _admin(pair).drop(position, by="operator", note="unreadable")
    result = await _admin(pair).replay_key(pair.world.moved.TOPIC, str(key), by="operator", note="go on")
    assert result.replayed == 3
    assert await _rows(pair, "SELECT version FROM applied ORDER BY position") == [(2,), (3,), (4,)]


async def test_a_contract_whose_check_fails_in_another_way_parks_the_event(pair: Pair) -> None:
    class Fragile(pair.world.moved):  # type: ignore[name-defined, misc]
        @field_validator("amount")
        @classmethod
        def _divides(cls, amount: int) -> int:
            return amount // (amount - 5)

    spec = TopicSpec(pair.world.moved.TOPIC, "Fragile.", Fragile, (WRITER,), (READER,), 6)
    intake = Intake(Catalogue([spec]), SystemClock())
    event = pair.world.moved(aggregate_version=1, counter_id=uuid.uuid4(), amount=5)
    [parkable] = intake.read([stored_record(spec, event)]).parkables
    assert parkable.reason.code == "body-invalid"


@pytest.mark.parametrize("trace", [b"00-\x00", b"x" * 3000, b"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"])
async def test_a_trace_that_is_none_costs_no_event_and_goes_no_further(pair: Pair, trace: bytes) -> None:
    record = _record(pair, uuid.uuid4(), 1, 0)
    outcome = await pair.world.processor(pair.reader_database).process(
        [replace(record, headers=[*record.headers, ("traceparent", trace)])]
    )
    assert (outcome.applied, outcome.parked) == (1, 0)
    assert await _rows(pair, "SELECT traceparent FROM outbox") == [(None,)]


async def test_one_identifier_on_two_topics_is_no_repeat(pair: Pair) -> None:
    """Two facts under one identifier are a fault of the writer; skipping the second would hide it."""
    moved = pair.world.moved
    other: type[CounterMoved] = type(
        "Other", (CounterMoved,), {"TOPIC": moved.TOPIC.replace(".moved", ".other"), "__module__": __name__}
    )
    specs = [TopicSpec(e.TOPIC, "Twins.", e, (WRITER,), (READER,), 6) for e in (moved, other)]
    seen: list[str] = []

    async def note(uow: UnitOfWork, events: Sequence[Received[CounterMoved]]) -> None:
        seen.extend(received.topic for received in events)

    outbox = pair.world.reader(pair.reader_database)
    processor = BatchProcessor(outbox, Intake(Catalogue(specs), SystemClock()), {moved: note, other: note})
    event = moved(aggregate_version=1, counter_id=uuid.uuid4(), amount=1)
    one, two = (stored_record(spec, event) for spec in specs)
    header_id = [header for header in one.headers if header[0] == "ce_id"]
    two = replace(two, headers=[header for header in two.headers if header[0] != "ce_id"] + header_id)
    outcome = await processor.process([one, two])
    assert (outcome.applied, outcome.parked_by_reason) == (1, {"id-reused": 1})


async def test_many_replays_and_a_drop_of_one_key_at_once(pair: Pair) -> None:
    processor = pair.world.processor(pair.reader_database)
    key = uuid.uuid4()
    records = [_record(pair, key, n, n) for n in range(1, 9)]
    records[0] = OWN["a value that nobody knows"][0](records[0])
    await processor.process(records)
    bad = (await _rows(pair, "SELECT position FROM parked_event ORDER BY position"))[0][0]
    admin = _admin(pair)
    topic = pair.world.moved.TOPIC
    later = [_record(pair, key, version, version) for version in range(9, 30)]

    async def pour() -> None:
        for record in later:
            await processor.process([record])

    await asyncio.gather(
        *(admin.replay_key(topic, str(key), by="a", note="n") for _ in range(3)),
        admin.drop(bad, by="b", note="n"),
        pour(),
    )
    await admin.replay_key(topic, str(key), by="a", note="rest")
    assert await _rows(pair, "SELECT version FROM applied ORDER BY position") == [(v,) for v in range(2, 30)]
    assert await admin.blocked_keys() == []


async def test_an_event_that_was_dropped_stays_dropped_when_it_could_be_read_later(pair: Pair) -> None:
    """The group's offsets are set back after the program has learnt the new version, or the time has come."""
    processor = pair.world.processor(pair.reader_database)
    record = _record(pair, uuid.uuid4(), 1, 3)
    early = [
        header if header[0] != "ce_time" else ("ce_time", b"2199-01-01T00:00:00+00:00") for header in record.headers
    ]
    await processor.process([replace(record, headers=early)])
    position = (await _rows(pair, "SELECT position FROM parked_event"))[0][0]
    await _admin(pair).drop(position, by="operator", note="a wrong clock")
    outcome = await processor.process([record])
    assert outcome.applied == 0


@pytest.mark.parametrize("planned", [False, True])
async def test_what_is_parked_is_announced_only_on_a_topic_that_is_there(pair: Pair, planned: bool) -> None:
    """Nobody may write a topic that is only planned: announcing there would fail, and with it every batch."""
    catalogue = Catalogue([*pair.world.catalogue, parked_topic(READER, planned=planned)])
    outbox = Outbox(pair.reader_database, READER, catalogue)
    processor = BatchProcessor(
        outbox, Intake(catalogue, SystemClock()), {pair.world.moved: pair.world.on_counter_moved}
    )
    outcome = await processor.process(
        [_record(pair, uuid.uuid4(), 1, 7, value=b"{"), _record(pair, uuid.uuid4(), 1, 8)]
    )
    assert (outcome.applied, outcome.parked) == (1, 1)
    announced = await _rows(pair, "SELECT count(*) FROM outbox WHERE topic LIKE '%.parked'")
    assert announced == [(0 if planned else 1,)]
