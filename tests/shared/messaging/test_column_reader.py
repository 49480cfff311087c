"""A batch read by columns is, event for event, the batch read record by record; whatever is doubtful is not read so."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest

from shared.clock import ManualClock
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.spec import TopicSpec
from shared.messaging.columnar.column_reader import ColumnReader
from shared.messaging.columnar.event_groups import EventBatch, EventGroup
from shared.messaging.consume.batch import Batch
from shared.messaging.consume.intake import Intake
from shared.messaging.record import RawRecord
from tests.shared.messaging.reading import events_of, one_by_one
from tests.shared.messaging.test_recognised import CHANGES, NOW, TOPICS, Record, make_records

PAID = CATALOGUE.topic("contribution.paid")


def _seasoned(*specs: TopicSpec) -> Intake:
    intake = Intake(CATALOGUE, ManualClock(NOW))
    for spec in specs:
        intake.read(list(make_records(spec, 60)))
    return intake


def _with(record: Record, **changes: Any) -> Record:
    return Record(**vars(record) | changes)


def _header(name: str, value: bytes | None) -> Callable[[Record], Record]:
    return lambda record: _with(record, headers=tuple((n, value if n == name else v) for n, v in record.headers))


def _compare(intake: Intake, records: list[Record]) -> bool:
    """Whether the batch was read by columns; either way it is what fresh eyes see of each record."""
    by_columns = True

    def each(self: Intake, records: Sequence[RawRecord], latest: datetime) -> Batch:
        nonlocal by_columns
        by_columns = False
        return genuine(self, records, latest)

    genuine = Intake._read_each
    with patch.object(Intake, "_read_each", each):
        batch = intake.read(records)
    fresh = [one_by_one(Intake(CATALOGUE, ManualClock(NOW)).read([record]))[0] for record in records]
    assert one_by_one(batch) == [read._replace(number=number) for number, read in enumerate(fresh)]
    assert not (by_columns and batch.parkables)
    for group in batch.groups:
        assert [received.event_id for received in group.received()] == list(group.event_ids)
    return by_columns


@pytest.mark.parametrize("spec", TOPICS, ids=lambda spec: spec.name)
def test_a_batch_is_the_same_read_either_way(spec: TopicSpec) -> None:
    """Fresh, then seasoned; then with one record changed in some way, somewhere."""
    intake, chance = Intake(CATALOGUE, ManualClock(NOW)), random.Random(spec.name)
    assert _compare(intake, list(make_records(spec, 40)))
    assert _compare(intake, list(make_records(spec, 40, seed=2)))
    for number in range(6 * len(CHANGES)):
        records = list(make_records(spec, 12, seed=3 + number))
        at = chance.randrange(len(records))
        records[at] = CHANGES[number % len(CHANGES)](records[at], chance)
        _compare(intake, records)


def test_topics_and_traces_in_one_batch_stay_in_order() -> None:
    specs = TOPICS[:4]
    intake = _seasoned(*specs)
    streams = [list(make_records(spec, 20, seed=5, trace=None)) for spec in specs]
    streams += [list(make_records(spec, 20, seed=6)) for spec in specs]
    records = [record for row in zip(*streams, strict=True) for record in row]
    assert _compare(intake, records)


def test_columns_are_read_by_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the tests above would say nothing."""
    intake = _seasoned(PAID)
    monkeypatch.setattr(ColumnReader, "_alone", lambda *_: pytest.fail("a record was read alone"))
    batch = intake.read(list(make_records(PAID, 60, seed=7)))
    assert len(batch) == 60
    assert len(batch.groups) < 30


def test_new_shapes_are_learned_in_the_midst_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    examined: list[int] = []
    whole = ColumnReader._alone

    def count(self: ColumnReader, group: Any, at: int, latest: datetime) -> EventGroup[Any]:
        examined.append(at)
        return whole(self, group, at, latest)

    monkeypatch.setattr(ColumnReader, "_alone", count)
    records = [_header("ce_time", NOW.isoformat().encode())(record) for record in make_records(PAID, 600)]
    assert len(Intake(CATALOGUE, ManualClock(NOW)).read(records)) == 600
    assert len(examined) < 60
    assert _compare(Intake(CATALOGUE, ManualClock(NOW)), records)


_key = str(UUID(int=7)).encode()
_OTHERS = next(make_records(PAID, 1, seed=99))
DOUBTS: dict[str, Callable[[Record], Record]] = {
    "no key": lambda record: _with(record, key=None),
    "no body": lambda record: _with(record, value=None),
    "another's key": lambda record: _with(record, key=_key),
    "another's key and subject": lambda record: _header("ce_subject", _key)(_with(record, key=_key)),
    "a key in capitals": lambda record: _with(record, key=(record.key or b"").upper()),
    "another body": lambda record: _with(record, value=_OTHERS.value),
    "a header less": lambda record: _with(record, headers=record.headers[1:]),
    "no identifier": _header("ce_id", None),
    "two identifiers in one": _header("ce_id", _key + b"," + _key),
    "no uuid": _header("ce_id", b"x"),
    "another topic": _header("ce_type", b"contribution.due"),
    "another writer": _header("ce_source", b"urn:payung:service:compliance"),
    "another version": _header("ce_dataschema", b"urn:payung:event:contribution.paid:9"),
    "tomorrow's tomorrow": _header("ce_time", (NOW + timedelta(days=2)).isoformat().encode()),
    "no time": _header("ce_time", None),
    "an identifier in capitals": lambda record: _with(
        record, value=(record.value or b"").replace((record.key or b""), (record.key or b"").upper())
    ),
    "a broken body": lambda record: _with(record, value=b"x" * len(record.value or b"")),
}


@pytest.mark.parametrize("place", [0, 5, 19])
@pytest.mark.parametrize("doubt", DOUBTS)
def test_a_doubtful_record_is_never_passed(doubt: str, place: int) -> None:
    """Of one moment and shape, so that only the check in question can notice it."""
    intake = _seasoned(PAID)
    exemplar = list(make_records(PAID, 60, seed=8))[4::15]
    records = [_header("ce_time", NOW.isoformat().encode())(record) for record in exemplar * 5]
    assert _compare(intake, records)
    records[place] = DOUBTS[doubt](records[place])
    read_by_columns = _compare(intake, records)
    alone = Intake(CATALOGUE, ManualClock(NOW)).read([records[place]])
    assert not (read_by_columns and alone.parkables), "`_compare` has seen to the rest"


def test_events_of_a_handler_that_asks_for_no_columns() -> None:
    intake = _seasoned(PAID)
    records = list(make_records(PAID, 30, seed=9))
    events = events_of(intake.read(records))
    plain = [read.received for read in one_by_one(intake.read(records)) if read.received is not None]
    assert (len(events), list(events), events[3], events[5:8]) == (30, plain, plain[3], plain[5:8])
    for batch in (events, EventBatch.of(plain)):
        rows = [
            row
            for group in batch.groups
            for row in zip(
                group.event_ids, group.column("subject_id"), group.column("payment_id"), group.column("amount_rupiah"),
                [group.occurred_at] * len(group), strict=True,
            )
        ]  # fmt: skip
        assert sorted(rows) == sorted(
            (one.event_id, one.event.subject_id, one.event.payment_id, one.event.amount_rupiah, one.occurred_at)
            for one in plain
        )


def test_a_part_of_a_group_is_those_events_and_no_others() -> None:
    intake = _seasoned(PAID)
    batch = intake.read(list(make_records(PAID, 60, seed=10)))
    whole = {read.number: read for read in one_by_one(batch)}
    for group in batch.groups:
        some = group.only(range(0, len(group), 2))
        assert [whole[number].received for number in some.numbers] == list(some.received())
        assert [whole[number].body_hash for number in some.numbers] == list(some.body_hashes)
    halves = [sorted(number for group in half.groups for number in group.numbers) for half in batch.halves()]
    assert halves == [list(range(30)), list(range(30, 60))]
