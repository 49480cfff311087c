"""Records under somebody's key that are not the owner's events of that key, or cannot be read; and ones that are."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from shared.clock import SystemClock
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.parked_admin import ParkedEvents
from shared.messaging.envelope import schema_uri
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.records import StoredRecord, stored_record

Change = Callable[[StoredRecord], StoredRecord]

_DEEP = b'{"aggregate_version":1,"counter_id":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
_LATER = b"2199-01-01T00:00:00+00:00"


def record_of(pair: Pair, key: uuid.UUID, version: int, offset: int, **change: Any) -> StoredRecord:
    """The owner's event ``version`` of ``key``."""
    spec = pair.world.catalogue.topic(pair.world.moved.TOPIC)
    event = pair.world.moved(aggregate_version=version, counter_id=key, amount=1)
    return replace(stored_record(spec, event, offset), **change)


def _headers(**changes: bytes | None) -> Change:
    """Other headers; a change to ``b"-"`` leaves the header out."""

    def changed(record: StoredRecord) -> StoredRecord:
        headers = {**dict(record.headers), **changes}
        return replace(record, headers=[(name, value) for name, value in headers.items() if value != b"-"])

    return changed


def _body(value: bytes | None) -> Change:
    return lambda record: replace(record, value=value)


def _fields(**changes: Any) -> Change:
    """Another body that is still JSON; a change to ``...`` leaves the field out."""

    def changed(record: StoredRecord) -> StoredRecord:
        fields = {**json.loads(record.value or b""), **changes}
        return replace(record, value=json.dumps({k: v for k, v in fields.items() if v is not ...}).encode())

    return changed


def _schema(version: int | str) -> Change:
    return lambda record: _headers(ce_dataschema=f"{schema_uri(record.topic, 1)[:-1]}{version}".encode())(record)


def _both(*changes: Change) -> Change:
    def changed(record: StoredRecord) -> StoredRecord:
        for change in changes:
            record = change(record)
        return record

    return changed


_FOREIGN_SOURCE = _headers(ce_source=b"urn:payung:service:compliance")

# What it is, how it is made of a true event, and the reason with which it is parked.
FOREIGN: Mapping[str, tuple[Change, str]] = {
    "another writer": (_FOREIGN_SOURCE, "writer-foreign"),
    "another writer, of a version that nobody knows": (_both(_FOREIGN_SOURCE, _schema(9)), "writer-foreign"),
    "another writer's deletion mark": (_both(_FOREIGN_SOURCE, _body(None)), "writer-foreign"),
    "another writer, in the future": (_both(_FOREIGN_SOURCE, _headers(ce_time=_LATER)), "writer-foreign"),
    "another writer, of no known form": (_both(_FOREIGN_SOURCE, _fields(colour="mauve")), "writer-foreign"),
    "no writer named": (_headers(ce_source=b"-"), "envelope-incomplete"),
    "no headers": (lambda record: replace(record, headers=[]), "envelope-incomplete"),
    "no headers and no body": (lambda record: replace(record, headers=[], value=None), "envelope-incomplete"),
    "no id": (_headers(ce_id=b"-"), "envelope-incomplete"),
    "no UUID as id": (_headers(ce_id=b"17"), "envelope-incomplete"),
    "no time": (_headers(ce_time=b"soon"), "envelope-incomplete"),
    "an event of another topic": (_headers(ce_type=b"worker.enrolled"), "envelope-incomplete"),
    "a schema of another topic": (_headers(ce_dataschema=schema_uri("other.moved", 1).encode()), "envelope-incomplete"),
    "a schema that is none": (_schema("latest"), "envelope-incomplete"),
    "a null header": (_headers(**{"x-note": None}), "header-unreadable"),
    "a header that is no text": (_headers(**{"x-note": b"\xff\xfe"}), "header-unreadable"),
    "a hundred headers": (_headers(**{f"x-{n}": b"y" for n in range(100)}), "headers-too-large"),
    "a call for an answer": (_headers(reply_to=b"anybody"), "header-foreign"),
    "no JSON": (_body(b"not json"), "body-unreadable"),
    "half of a body": (lambda record: replace(record, value=(record.value or b"")[:-9]), "body-unreadable"),
    "bytes": (_body(b"\xff\xfe\x00"), "body-unreadable"),
    "a list": (_body(b"[]"), "body-unreadable"),
    "null in JSON": (_body(b"null"), "body-unreadable"),
    "deep nesting": (_body(_DEEP), "body-unreadable"),
    "no JSON of a later version": (_both(_schema(9), _body(b"{")), "body-unreadable"),
    "no JSON in the future": (_both(_headers(ce_time=_LATER), _body(b"{")), "body-unreadable"),
    "a body of a megabyte": (_fields(note="x" * 900_000), "body-too-large"),
    "a megabyte of a later version": (_both(_schema(9), _fields(note="x" * 900_000)), "body-too-large"),
    "a deletion mark where none is known": (_body(None), "body-missing"),
    "a deletion mark of a later version": (_both(_schema(9), _body(None)), "body-missing"),
    "somebody else's event": (_fields(counter_id=str(uuid.UUID(int=7))), "key-mismatch"),
    "somebody else's later version": (_both(_schema(9), _fields(counter_id=str(uuid.UUID(int=7)))), "key-mismatch"),
    "nobody's event": (_fields(counter_id=...), "key-mismatch"),
    "an empty object": (_body(b"{}"), "key-mismatch"),
}

# The owner's own events of the key, which a newer program, a mended one or a later day can apply in their place.
OWN: Mapping[str, tuple[Change, str]] = {
    "a version that nobody knows": (_schema(9), "version-unknown"),
    "a later version of other fields": (_both(_schema(9), _fields(amount=..., sum="12")), "version-unknown"),
    "in the future": (_headers(ce_time=_LATER), "time-in-future"),
    "a value that nobody knows": (_fields(colour="mauve"), "body-invalid"),
    "a field that is missing": (_fields(amount=...), "body-invalid"),
    "a NUL in a text": (_fields(note="a\0b"), "body-invalid"),
    "one on which the handler fails": (_fields(amount=666), "handler-failed"),
}


async def rows_of(pair: Pair, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
    """Rows of the reader's database."""
    async with pair.reader_database.transaction() as tx:
        return [tuple(row) for row in await tx.fetch(query, *arguments)]


async def run(pair: Pair, statement: str, *arguments: Any) -> None:
    """Change the reader's database by hand."""
    async with pair.reader_database.transaction() as tx:
        await tx.run(statement, *arguments)


async def applied_of(pair: Pair, key: uuid.UUID) -> list[int]:
    """The versions of ``key`` that had their effect, in the order in which they had it."""
    query = "SELECT version FROM applied WHERE counter_id = $1 ORDER BY position"
    return [row[0] for row in await rows_of(pair, query, key)]


async def parked_of(pair: Pair, key: uuid.UUID) -> list[str]:
    """The reasons of what is parked under ``key``, in order of parking."""
    query = "SELECT reason_code FROM parked_event WHERE key = $1 AND status = 'parked' ORDER BY position"
    return [row[0] for row in await rows_of(pair, query, str(key))]


def admin_of(pair: Pair) -> ParkedEvents:
    """What an operator has at the reader."""
    return ParkedEvents(
        pair.reader_database,
        pair.world.reader(pair.reader_database),
        Intake(pair.world.catalogue, SystemClock()),
        {pair.world.moved: pair.world.on_counter_moved},
    )
