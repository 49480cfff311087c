"""A key that is a text may hold anything; an event is of its key only if it says the record's key byte by byte."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from aiokafka import AIOKafkaProducer

from shared.clock import SystemClock
from shared.contracts.base import Event
from shared.contracts.spec import Catalogue, TopicSpec
from shared.messaging.consume.consumer import Consumer
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.parked_admin import ParkedEvents
from shared.messaging.consume.processor import BatchProcessor
from shared.messaging.envelope import Received
from shared.messaging.outbox import Outbox, UnitOfWork
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.kit import READER, WRITER
from tests.shared.messaging.records import StoredRecord, stored_record


class Labelled(Event):
    """Something that has a text for a key."""

    TOPIC: ClassVar[str] = "label.given"
    KEY_FIELD: ClassVar[str] = "label"

    label: str


LONG = b"k" * 5_000
# The record's key, and what a body would have to say for the text under which such a key is parked.
ODD: dict[str, tuple[bytes, str]] = {
    "no UTF-8": (b"\xff\xfe", "hex:fffe"),
    "half a character": ("Kutai é".encode()[:-1], f"hex:{'Kutai é'.encode()[:-1].hex()}"),
    "NUL": (b"a\x00b", "hex:610062"),
    "too long": (LONG, f"blake2b:{hashlib.blake2b(LONG, digest_size=32).hexdigest()}"),
    "too long, said whole": (LONG, LONG.decode()),
    "empty": (b"", "hex:"),
}


def _spec(topic: str = Labelled.TOPIC) -> TopicSpec:
    event: type[Labelled] = type("Given", (Labelled,), {"TOPIC": topic, "__module__": __name__})
    return TopicSpec(topic, "A label was given.", event, (WRITER,), (READER,), 6)


class Reader:
    """Applies what it can read of ``spec``."""

    def __init__(self, pair: Pair, spec: TopicSpec) -> None:
        self.pair = pair
        self.applied: list[str] = []
        catalogue = Catalogue([spec])
        outbox, intake = Outbox(pair.reader_database, READER, catalogue), Intake(catalogue, SystemClock())
        handlers: dict[Any, Any] = {spec.event: self.on_given}
        self.processor = BatchProcessor(outbox, intake, handlers)
        self.admin = ParkedEvents(pair.reader_database, outbox, intake, handlers)

    async def on_given(self, _: UnitOfWork, events: Sequence[Received[Labelled]]) -> None:
        self.applied += [received.event.label for received in events]

    async def parked(self) -> list[tuple[Any, ...]]:
        async with self.pair.reader_database.transaction() as tx:
            rows = await tx.fetch("SELECT reason_code, record_key, position FROM parked_event ORDER BY position")
            return [tuple(row) for row in rows]


def _record(spec: TopicSpec, label: str, offset: int, **change: Any) -> StoredRecord:
    return replace(stored_record(spec, spec.event(aggregate_version=1, label=label), offset), **change)


@pytest.mark.parametrize("kind", ODD)
async def test_an_odd_key_is_parked_and_stops_nobody(pair: Pair, kind: str) -> None:
    spec, (key, said) = _spec(), ODD[kind]
    reader = Reader(pair, spec)
    odd = _record(spec, said, 1, key=key)
    outcome = await reader.processor.process([_record(spec, "Kutai", 0), odd, _record(spec, "hex:ee", 2)])
    assert (outcome.applied, outcome.parked) == (2, 1)
    assert reader.applied[-2:] == ["Kutai", "hex:ee"]
    ((code, parked_key, position),) = await reader.parked()
    assert (code, parked_key) == ("key-mismatch", key)
    again = await reader.processor.process([odd, _record(spec, said, 4, key=said.encode())])
    assert (again.applied, again.parked) == ((0, 1) if said == LONG.decode() else (1, 0))
    await reader.admin.drop(position, by="operator", note="told the writer")


@pytest.mark.parametrize("kind", ODD)
async def test_an_odd_key_stops_nobody_when_its_body_is_bad_too(pair: Pair, kind: str) -> None:
    spec, (key, said) = _spec(), ODD[kind]
    reader = Reader(pair, spec)
    body = _record(spec, said, 0).value or b""
    bad = _record(spec, said, 0, key=key, value=body.replace(b'_version":1', b'_version":-1'))
    outcome = await reader.processor.process([bad, _record(spec, "fine", 1)])
    assert (outcome.applied, outcome.parked) == (1, 1)
    assert [row[:2] for row in await reader.parked()] == [("key-mismatch", key)]


async def test_the_worker_reads_on_behind_odd_keys(pair: Pair) -> None:
    spec = _spec(pair.world.moved.TOPIC)
    reader = Reader(pair, spec)
    records = [_record(spec, said, 0, key=key) for key, said in ODD.values()]
    async with AIOKafkaProducer(bootstrap_servers=pair.bootstrap) as producer:
        for record in [*records, _record(spec, "last", 0)]:
            await producer.send_and_wait(spec.name, record.value, key=record.key, headers=record.headers, partition=0)
    consumer = Consumer(reader.processor, [spec.name], pair.world.consumer(pair.bootstrap))
    pair.tasks.append(asyncio.create_task(consumer.run(pair.stop)))
    async with asyncio.timeout(20):
        while "last" not in reader.applied and not pair.tasks[0].done():
            await asyncio.sleep(0.02)
    assert not pair.tasks[0].done()
    assert sorted(row[1] for row in await reader.parked()) == sorted(key for key, _ in ODD.values())
