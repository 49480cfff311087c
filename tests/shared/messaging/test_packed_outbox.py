"""Events that wait many to a row leave as the events that they are: same bodies, headers, keys, order, and once."""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer

from shared.contracts.base import Event
from shared.contracts.catalogue import CATALOGUE
from shared.ids import RandomIds
from shared.messaging.columnar import packed_outbox
from shared.messaging.columnar.event_template import EventTemplate
from shared.messaging.columnar.packed_outbox import FEWEST, MOST, MOST_BYTES, can_share, events_of, pack
from shared.messaging.envelope import HeaderWriter, OutboxRow
from shared.messaging.publish.publisher import Publisher, PublishResult
from shared.messaging.publish.relay import Relay, RelaySettings
from shared.messaging.slots import slot_of
from tests.faults import databases
from tests.shared.messaging import history
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.kit import WRITER, CounterMoved

EVENTS = sorted({event for spec in CATALOGUE for event in spec.events}, key=lambda event: event.__name__)
MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
WAITING = (
    "SELECT slot, position, event_id, topic, schema_version, key, occurred_at, traceparent, body, packed"
    " FROM outbox ORDER BY position"
)


def _moved(amount: int = 1) -> CounterMoved:
    return CounterMoved(aggregate_version=1, counter_id=uuid.uuid4(), amount=amount)


def _unpacked(groups: Sequence[tuple[EventTemplate, Sequence[tuple[UUID, ...]]]]) -> list[OutboxRow]:
    """The events of ``groups`` by way of packed rows."""
    rows = []
    for position, (slot, event_id, key, body, _, content, _) in enumerate(pack(groups, RandomIds())):
        row = OutboxRow(slot, position, event_id, "topic", 1, key, MOMENT, None, body)
        rows += events_of(row, content)
    return rows


@pytest.mark.parametrize("event_type", EVENTS, ids=lambda event: event.__name__)
def test_what_leaves_is_what_a_copy_is(event_type: type[Event]) -> None:
    exemplar = event_type.example()
    fields = [name for name in event_type.model_fields if isinstance(getattr(exemplar, name), UUID)]
    if exemplar.KEY_FIELD not in fields:
        pytest.skip("its key is no identifier; it has no copies")
    for order in (fields, fields[::-1]):
        template = EventTemplate(exemplar, order)
        rows = [tuple(uuid.uuid4() for _ in order) for _ in range(200)]
        events = _unpacked([(template, rows)])
        expected = defaultdict(list)
        for row in rows:
            expected[slot_of(template.key(row).encode())].append((template.key(row), template.body(row)))
        found = defaultdict(list)
        for event in events:
            found[event.slot].append((event.key, event.body))
        assert found == expected
        assert len({event.event_id for event in events}) == 200


def test_copies_of_several_exemplars_share_parcels_in_their_order() -> None:
    key = uuid.uuid4()
    groups = [(EventTemplate(_moved(amount), ["counter_id"]), [(key,), (uuid.uuid4(),)]) for amount in range(1, 401)]
    mine = [event for event in _unpacked(groups) if event.key == str(key)]
    assert [CounterMoved.from_json_bytes(event.body or b"").amount for event in mine] == list(range(1, 401))
    packed_rows = [one for one in pack(groups, RandomIds()) if one.slot == slot_of(str(key).encode())]
    assert len(packed_rows) > 1
    assert max(one.events for one in packed_rows) == MOST


def test_a_packed_row_of_large_events_is_bounded_and_holds_one_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    class Spoken(CounterMoved):
        text: str

    spoken = Spoken(aggregate_version=1, counter_id=uuid.uuid4(), amount=1, text="%x" * 50_000)
    rows = [(spoken.counter_id,)] * 11
    packed_rows = list(pack([(EventTemplate(spoken, ["counter_id"]), rows)], RandomIds()))
    assert [one.events for one in packed_rows] == [5, 5, 1]
    assert [one.packed_bytes for one in packed_rows] == [
        len(spoken.to_json_bytes()) * one.events for one in packed_rows
    ]
    assert packed_rows[0].packed_bytes <= MOST_BYTES
    monkeypatch.setattr(packed_outbox, "MOST_BYTES", 10)
    events = _unpacked([(EventTemplate(spoken, ["counter_id"]), rows)])
    assert [event.body for event in events] == [spoken.to_json_bytes()] * 11
    assert len({event.position for event in events}) == 11


def test_other_events_or_identifiers_share_no_row() -> None:
    class Other(CounterMoved):
        other_id: UUID

    other = Other(aggregate_version=1, counter_id=uuid.uuid4(), amount=1, other_id=uuid.uuid4())
    plain = EventTemplate(_moved(), ["counter_id"])
    assert can_share(plain, EventTemplate(_moved(7), ["counter_id"]))
    assert not can_share(plain, EventTemplate(other, ["counter_id"]))
    assert not can_share(EventTemplate(other, ["counter_id"]), EventTemplate(other, ["counter_id", "other_id"]))
    assert can_share(EventTemplate(other, ["other_id", "counter_id"]), EventTemplate(other, ["counter_id", "other_id"]))


async def _events(pair: Pair) -> tuple[int, list[OutboxRow]]:
    async with pair.writer_database.transaction() as tx:
        rows = await tx.fetch(WAITING)
    return len(rows), [event for *row, content in rows for event in events_of(OutboxRow(*row), content)]


async def test_what_else_is_emitted_keeps_its_place(pair: Pair) -> None:
    outbox, key, moved = pair.world.writer(pair.writer_database), uuid.uuid4(), pair.world.moved

    def exemplar(version: int) -> CounterMoved:
        return moved(aggregate_version=version, counter_id=key, amount=7)

    async with outbox.unit_of_work() as work:
        many = [(uuid.uuid4(),) for _ in range(500)]
        work.emit(exemplar(1))
        work.emit_copies(exemplar(2), ["counter_id"], [(key,), *many])
        work.emit_copies(exemplar(3), ["counter_id"], [(key,)])
        work.emit(exemplar(4))
        with pytest.raises(ZeroDivisionError):
            async with work.savepoint():
                work.emit_copies(exemplar(99), ["counter_id"], [(key,), *many])
                raise ZeroDivisionError
        async with work.savepoint():
            work.emit_copies(exemplar(5), ["counter_id"], [(key,), *many])
        outbox.current_traceparent = lambda: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        work.emit_copies(exemplar(6), ["counter_id"], [(key,)] * FEWEST)
        work.erase(moved, str(key))
    count, events = await _events(pair)
    mine = [event for event in events if event.key == str(key)]
    versions = [moved.from_json_bytes(event.body).aggregate_version for event in mine if event.body]
    assert versions == [1, 2, 3, 4, 5] + [6] * FEWEST
    assert [event.traceparent is None for event in mine] == [True] * 5 + [False] * FEWEST + [True]
    assert mine[-1].body is None
    assert len(events) == 1005 + FEWEST + 1
    assert count <= 2 * 32 + 4


async def test_few_copies_wait_as_a_row_each(pair: Pair) -> None:
    outbox = pair.world.writer(pair.writer_database)
    async with outbox.unit_of_work() as work:
        rows = [(uuid.uuid4(),) for _ in range(FEWEST - 1)]
        work.emit_copies(pair.world.moved(aggregate_version=1, counter_id=rows[0][0], amount=7), ["counter_id"], rows)
    async with pair.writer_database.transaction() as tx:
        assert await tx.fetch_value("SELECT count(*) FROM outbox WHERE packed IS NULL") == FEWEST - 1


def test_the_fault_harness_reads_parcels_by_itself() -> None:
    groups = [
        (EventTemplate(_moved(amount), ["counter_id"]), [(uuid.uuid4(),) for _ in range(50)]) for amount in range(9)
    ]
    for slot, event_id, key, body, _, content, _ in pack(groups, RandomIds()):
        row = OutboxRow(slot, 1, event_id, "topic", 1, key, MOMENT, None, body)
        expected = [(event.event_id.bytes, event.key, event.body) for event in events_of(row, content)]
        assert list(databases.events_of({"packed": content, "body": body})) == expected
    event_id = uuid.uuid4()
    single = {"packed": None, "event_id": event_id, "key": "k", "body": None}
    assert list(databases.events_of(single)) == [(event_id.bytes, "k", b"")]


async def _fill(pair: Pair, versions: int, keys: int) -> None:
    outbox = pair.world.writer(pair.writer_database)
    rows = [(uuid.uuid4(),) for _ in range(keys)]
    for version in range(1, versions + 1):
        async with outbox.unit_of_work() as work:
            exemplar = pair.world.moved(aggregate_version=version, counter_id=rows[0][0], amount=1)
            work.emit_copies(exemplar, ["counter_id"], rows)


@pytest.mark.timeout(120)
async def test_parcels_reach_kafka_once_and_in_order_in_bounded_rounds(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _fill(pair, versions=10, keys=3000)
    rounds: list[int] = []
    genuine = Publisher.publish

    async def publish(self: Publisher, rows: list[OutboxRow]) -> PublishResult:
        rounds.append(len(rows))
        return await genuine(self, rows)

    monkeypatch.setattr(Publisher, "publish", publish)
    relay = pair.relay()
    await pair.wait_drained()
    assert relay.status.published == 30_000
    assert max(rounds) <= 4000 + 32 * MOST
    _, repeats, inversions, lost, from_nothing = await _judged(pair)
    assert (repeats, inversions, lost, from_nothing) == (0, 0, 0, 0)


async def _judged(pair: Pair) -> tuple[int, int, int, int, int]:
    log = await history.read_topic(pair.bootstrap, pair.world.moved.TOPIC, pair.world.partitions)
    verdict = history.judge(log, dict.fromkeys({key for key, _ in log}, 10))
    return verdict.events, verdict.repeats, verdict.inversions, verdict.lost, verdict.from_nothing


@pytest.mark.timeout(120)
async def test_what_is_confirmed_of_a_packed_row_is_not_sent_again(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """One silent partition: its events come when it speaks again, those of the others came and do not come again."""
    await _fill(pair, versions=10, keys=600)
    silent = asyncio.Event()
    genuine = AIOKafkaProducer.send_batch

    async def send_batch(self: AIOKafkaProducer, batch: object, topic: str, *, partition: int) -> object:
        if partition == 0:
            await silent.wait()
        return await genuine(self, batch, topic, partition=partition)

    monkeypatch.setattr(AIOKafkaProducer, "send_batch", send_batch)
    settings = RelaySettings(batch_rows=100_000, retry_delay_s=0.1, retry_delay_max_s=0.1)
    relay = Relay(pair.writer_database, WRITER, pair.world.producer(pair.bootstrap, stall_timeout_s=1.0), settings)
    pair.tasks.append(asyncio.create_task(relay.run(pair.stop)))
    while relay.status.failures < 3:
        await asyncio.sleep(0.05)
    assert 0 < relay.status.published < 6000
    async with pair.writer_database.transaction() as tx:
        assert await tx.fetch_value("SELECT count(*) FROM outbox") > 0
    silent.set()
    await pair.wait_drained()
    assert await _judged(pair) == (6000, 0, 0, 0, 0)
    assert relay.status.published == 6000
    assert not relay._confirmed


def test_a_row_is_finished_when_all_of_it_is_confirmed() -> None:
    relay = Relay.__new__(Relay)
    relay._confirmed = {}
    rows = [OutboxRow(0, position, uuid.uuid4(), "t", 1, "k", MOMENT, None, b"") for position in (1, 2, 2, 2, 3)]
    assert relay._finished(rows, [rows[0], rows[1], rows[3]]) == [(0, 1)]
    assert relay._confirmed == {(0, 2): {rows[1].event_id, rows[3].event_id}}
    assert relay._finished(rows[2:3] + rows[4:], rows[2:3]) == [(0, 2)]
    assert relay._confirmed == {}
    assert relay._finished(rows, rows) == [(0, 1), (0, 2), (0, 3)]
    assert relay._finished(rows, []) == []


def test_headers_do_not_depend_on_the_event_before() -> None:
    """What is kept from event to event is kept for the same topic, version and moment only."""
    rows = [
        OutboxRow(0, 1, uuid.uuid4(), topic, version, "k", datetime(2026, 11, day, tzinfo=UTC), trace, b"")
        for topic in "ab"
        for version in (1, 2)
        for day in (1, 2)
        for trace in (None, "00-x")
    ]
    seasoned = HeaderWriter(WRITER)
    for row in (*rows, *rows[::-1], *rows[::3]):
        assert seasoned.envelope(row, b"k") == HeaderWriter(WRITER).envelope(row, b"k")
