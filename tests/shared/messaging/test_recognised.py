"""A reader that has seen a million records says of each exactly what a reader says that has seen none."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shared.clock import ManualClock
from shared.contracts.base import Event
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.spec import TopicSpec
from shared.messaging.columnar.body_shapes import BodyShapes
from shared.messaging.columnar.event_groups import EventGroup
from shared.messaging.consume.intake import Intake
from shared.messaging.envelope import Headers, HeaderWriter, OutboxRow
from shared.messaging.reasons import ParkCode
from shared.messaging.record import RawRecord
from tests.shared.messaging.reading import one_by_one

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TOPICS = [spec for spec in CATALOGUE if isinstance(getattr(spec.event.example(), spec.event.KEY_FIELD), UUID)]
Change = Callable[["Record", random.Random], "Record"]


@dataclass(frozen=True)
class Record:
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


def make_records(spec: TopicSpec, count: int, seed: int = 1, trace: str | None = TRACE) -> Iterator[Record]:
    """Records as the relay writes them, which differ in some identifiers and in one of three moments."""
    chance = random.Random(seed)
    writer = HeaderWriter(spec.owners[0])
    exemplar = spec.event.example()
    for offset in range(count):
        fields = [name for name, value in exemplar if isinstance(value, UUID)]
        # Some identifiers stay the same, as a funding line does.
        changed = {name: UUID(int=chance.getrandbits(128)) for name in fields[: 1 + offset % len(fields)]}
        changed[exemplar.KEY_FIELD] = UUID(int=chance.getrandbits(128))
        event = exemplar.model_copy(update=changed)
        moment = NOW + timedelta(seconds=offset % 3)
        row = OutboxRow(
            0, offset, UUID(int=chance.getrandbits(128)), spec.name, event.VERSION, event.key, moment, trace, None
        )
        yield Record(spec.name, 0, offset, event.key.encode(), event.to_json_bytes(), tuple(writer.headers(row)))


def _byte(record: Record, chance: random.Random) -> Record:
    body = bytearray(record.value or b"")
    body[chance.randrange(len(body))] = chance.choice(b'09afg-":{}, \\')
    return Record(**vars(record) | {"value": bytes(body)})


def _spelling(record: Record, chance: random.Random) -> Record:
    """An identifier in capitals, or with its hyphens elsewhere: the driver would take both."""
    assert record.value is not None
    text = record.value.decode()
    places = [at for at in range(len(text)) if text[at : at + 1] == '"' and text[at + 9 : at + 10] == "-"]
    at = chance.choice(places) + 1
    old = text[at : at + 36]
    new = chance.choice([old.upper(), "-" + old.replace("-", "", 1), old[:-1] + "g", old.replace("-", "0")])
    return Record(**vars(record) | {"value": (text[:at] + new + text[at + 36 :]).encode()})


def _header(record: Record, chance: random.Random) -> Record:
    headers = list(record.headers)
    at = chance.randrange(len(headers))
    name, value = headers[at]
    headers[at] = chance.choice(
        [(name, None), (name, (value or b"") + b"x"), (name + "x", value), (name, b"\xff"), ("reply_to", value)]
    )
    return Record(**vars(record) | {"headers": tuple(headers)})


def _order(record: Record, chance: random.Random) -> Record:
    headers = list(record.headers)
    chance.shuffle(headers)
    return Record(**vars(record) | {"headers": tuple(headers[: chance.randint(5, len(headers))])})


def _key(record: Record, chance: random.Random) -> Record:
    return Record(**vars(record) | {"key": chance.choice([None, b"", str(uuid.uuid4()).encode(), b"\xff" * 36])})


def _late(record: Record, chance: random.Random) -> Record:
    moment = (NOW + timedelta(days=chance.choice([0, 2, 400]))).isoformat().encode()
    headers = tuple((name, moment if name == "ce_time" else value) for name, value in record.headers)
    return Record(**vars(record) | {"headers": headers})


def _nothing(record: Record, chance: random.Random) -> Record:
    del chance
    return Record(**vars(record) | {"value": None})


CHANGES: list[Change] = [_byte, _byte, _spelling, _header, _order, _key, _late, _nothing]


def _judge(seasoned: Intake, record: Record) -> None:
    fresh = Intake(CATALOGUE, ManualClock(NOW))
    assert one_by_one(seasoned.read([record])) == one_by_one(fresh.read([record]))


@pytest.mark.parametrize("spec", TOPICS, ids=lambda spec: spec.name)
def test_whatever_is_changed_the_seasoned_reader_says_the_same(spec: TopicSpec) -> None:
    seasoned, chance = Intake(CATALOGUE, ManualClock(NOW)), random.Random(spec.name)
    for record in make_records(spec, 40):
        _judge(seasoned, record)
    for number, record in enumerate(make_records(spec, 120, seed=2)):
        _judge(seasoned, CHANGES[number % len(CHANGES)](record, chance))
        _judge(seasoned, record)


def test_a_seasoned_reader_recognises(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the tests above would say nothing."""
    spec = CATALOGUE.topic("contribution.paid")
    seasoned = Intake(CATALOGUE, ManualClock(NOW))
    for trace in (None, TRACE):
        seasoned.read(list(make_records(spec, 60, trace=trace)))
    examined: list[RawRecord] = []
    whole = Intake._examined

    def examine(self: Intake, record: RawRecord, number: int, latest: datetime) -> EventGroup[Event]:
        examined.append(record)
        return whole(self, record, number, latest)

    monkeypatch.setattr(Intake, "_examined", examine)
    for trace in (None, TRACE):
        records = list(make_records(spec, 60, seed=3, trace=trace))
        read = one_by_one(seasoned.read(records))
        assert [(each.key or "").encode() for each in read] == [record.key for record in records]
    assert examined == []


def test_a_shape_of_which_a_place_is_in_doubt_is_not_learned() -> None:
    example = CATALOGUE.topic("contribution.paid").event.example()
    known = example.to_json_bytes().decode()
    key = str(example.key)
    twice = known[:-1] + f',"nested":{{"subject_id":"{key}"}}}}'
    escaped = known[:-1] + f',"nested":{{"subject\\u005fid":"{key}"}}}}'
    for body in (twice, escaped):
        shapes = BodyShapes()
        for _ in range(3):
            shapes.learn(body.encode(), example)
        assert shapes.recognise(body.encode(), type(example), example.key.encode()) is None


def test_what_is_kept_is_bounded() -> None:
    seasoned = Intake(CATALOGUE, ManualClock(NOW))
    spec = CATALOGUE.topic("contribution.paid")
    shapes = seasoned._shapes
    for record in make_records(spec, 4):
        for number in range(3000):
            body = record.value
            assert body is not None
            changed = body[:-1] + f',"unknown":{number % 1500}}}'.encode()
            _ = seasoned.read([Record(**vars(record) | {"value": changed})])
    assert sum(len(layout.shapes) for layouts in shapes._layouts.values() for layout in layouts) <= 1024
    assert len(shapes._seen) <= 8 * 1024


def test_events_of_one_shape_do_not_share_what_a_reader_could_change() -> None:
    seasoned = Intake(CATALOGUE, ManualClock(NOW))
    batch = seasoned.read(list(make_records(CATALOGUE.topic("contribution.paid"), 30)))
    events: list[Event] = [read.received.event for read in one_by_one(batch) if read.received is not None]
    assert len({id(event.__dict__) for event in events}) == len(events)


def test_a_moment_that_was_past_once_can_be_in_the_future_of_a_clock_that_was_put_back() -> None:
    clock = ManualClock(NOW + timedelta(days=3))
    seasoned = Intake(CATALOGUE, clock)
    ahead = (NOW + timedelta(days=2)).isoformat().encode()
    records = [
        Record(**vars(record) | {"headers": tuple((n, ahead if n == "ce_time" else v) for n, v in record.headers)})
        for record in make_records(CATALOGUE.topic("contribution.paid"), 40)
    ]
    assert not seasoned.read(records).parkables
    clock.advance(timedelta(days=-3))
    batch = seasoned.read(records)
    assert not batch.groups
    assert {parkable.reason.code for parkable in batch.parkables} == {ParkCode.TIME_IN_FUTURE}
