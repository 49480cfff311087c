"""Twelve kinds of poison: each is parked with its reason, its neighbours are applied, no partition stands still."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaConsumer

from shared.messaging.envelope import schema_uri
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.records import Sender

Kind = Callable[[Sender], Awaitable[object]]
_DEEP = b'{"aggregate_version":1,"counter_id":' + b"[" * 20_000 + b"]" * 20_000 + b"}"


async def _bad_json(sender: Sender) -> None:
    await sender.send(body=b'{"aggregate_version": 1,')


async def _wrong_version(sender: Sender) -> None:
    topic = sender.event().TOPIC
    await sender.send(headers=sender.headers(ce_dataschema=schema_uri(topic, 9).encode()))


async def _missing_field(sender: Sender) -> None:
    event = sender.event()
    await sender.send(event, body=f'{{"aggregate_version":1,"counter_id":"{event.counter_id}"}}'.encode())


async def _header_not_utf8(sender: Sender) -> None:
    await sender.send(headers=[*sender.headers(), ("x-note", b"\xff\xfe")])


async def _header_null(sender: Sender) -> None:
    await sender.send(headers=[*sender.headers(), ("x-note", None)])


async def _huge_body(sender: Sender) -> None:
    event = sender.event()
    await sender.send(event, body=event.to_json_bytes()[:-1] + b',"note":"' + b"x" * 900_000 + b'"}')


async def _deep_nesting(sender: Sender) -> None:
    await sender.send(body=_DEEP)


async def _tombstone(sender: Sender) -> None:
    await sender.send(body=None)


async def _id_reused(sender: Sender) -> None:
    headers = sender.headers()
    first = sender.event(amount=2)
    await sender.send(first, headers=headers)
    await sender.send(sender.event(first.counter_id, version=2, amount=3), headers=headers)


async def _future(sender: Sender) -> None:
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat().encode()
    await sender.send(headers=sender.headers(ce_time=later))


async def _unknown_enum(sender: Sender) -> None:
    event = sender.event()
    await sender.send(event, body=event.to_json_bytes().replace(b'"red"', b'"mauve"'))


async def _reply_to(sender: Sender) -> None:
    await sender.send(
        headers=[*sender.headers(), ("reply_to", sender.event().TOPIC.replace(".moved", ".seen").encode())]
    )


async def _nul_text(sender: Sender) -> None:
    event = sender.event()
    await sender.send(event, body=event.to_json_bytes().replace(b'"note":""', b'"note":"a\\u0000b"'))


async def _foreign_writer(sender: Sender) -> None:
    await sender.send(headers=sender.headers(ce_source=b"urn:payung:service:compliance"))


async def _key_of_another(sender: Sender) -> None:
    await sender.send(key=b"somebody-else\x00")


async def _no_key(sender: Sender) -> None:
    await sender.send(key=None)


async def _no_id(sender: Sender) -> None:
    await sender.send(headers=sender.headers(ce_id=b"-"))


async def _many_headers(sender: Sender) -> None:
    await sender.send(headers=[*sender.headers(), *((f"x-{n}", b"y") for n in range(100))])


async def _handler_fails(sender: Sender) -> None:
    await sender.send(sender.event(amount=666))


KINDS: dict[str, tuple[Kind, str]] = {
    "bad JSON": (_bad_json, "body-unreadable"),
    "wrong version": (_wrong_version, "version-unknown"),
    "missing field": (_missing_field, "body-invalid"),
    "header not UTF-8": (_header_not_utf8, "header-unreadable"),
    "null header": (_header_null, "header-unreadable"),
    "1 MB body": (_huge_body, "body-too-large"),
    "deep nesting": (_deep_nesting, "body-unreadable"),
    "tombstone": (_tombstone, "body-missing"),
    "id reused": (_id_reused, "id-reused"),
    "future date": (_future, "time-in-future"),
    "unknown enum": (_unknown_enum, "body-invalid"),
    "reply_to header": (_reply_to, "header-foreign"),
    "NUL in text": (_nul_text, "body-invalid"),
    "foreign writer": (_foreign_writer, "writer-foreign"),
    "key of another": (_key_of_another, "key-mismatch"),
    "no key": (_no_key, "key-mismatch"),
    "no id": (_no_id, "envelope-incomplete"),
    "many headers": (_many_headers, "headers-too-large"),
    "handler fails": (_handler_fails, "handler-failed"),
}


@pytest.mark.timeout(120)
async def test_a_storm_of_poison_is_parked_and_everybody_else_is_served(pair: Pair) -> None:
    pair.relay()
    expected = sorted(code for _, code in KINDS.values())
    async with Sender(pair) as sender:
        await pair.write(2000)
        for kind, _ in KINDS.values():
            await kind(sender)
            await pair.write(200, per_transaction=50)
        worker = pair.worker(max_records=500)
        began = time.monotonic()
        total = 2000 + 200 * len(KINDS)
        await pair.wait_applied(total + 1)  # and the event whose id was reused afterwards
        async with asyncio.timeout(10):
            while worker.status.parked < len(KINDS):
                await asyncio.sleep(0.02)
        # Neighbours that come after the storm flow at once: nothing is stuck on any partition.
        after = time.monotonic()
        await pair.write(200)
        await pair.wait_applied(total + 201)
        print(f"storm {after - began:.1f} s, next 200 events {time.monotonic() - after:.2f} s")  # noqa: T201
        assert time.monotonic() - after < 3.0
    async with pair.reader_database.transaction() as tx:
        codes = [row[0] for row in await tx.fetch("SELECT reason_code FROM parked_event ORDER BY 1")]
        reasons = [row[0] for row in await tx.fetch("SELECT reason FROM parked_event")]
    assert codes == expected
    assert all(reason.endswith(".") for reason in reasons)
    assert not any("mauve" in reason or "somebody-else" in reason for reason in reasons)


async def test_reply_to_makes_nobody_publish(pair: Pair) -> None:
    """FastStream would send a handler's answer to the topic that the header names, with our rights."""
    async with Sender(pair) as sender:
        await _reply_to(sender)
    worker = pair.worker()
    async with asyncio.timeout(30):
        while worker.status.parked < 1:
            await asyncio.sleep(0.05)
    client = AIOKafkaConsumer(pair.world.seen.TOPIC, bootstrap_servers=pair.bootstrap, auto_offset_reset="earliest")
    await client.start()
    try:
        assert not await client.getmany(timeout_ms=1000)
    finally:
        await client.stop()


@pytest.mark.parametrize("compression", [None, "gzip", "lz4", "zstd"])
async def test_a_header_name_that_is_not_text_does_not_stop_the_partition(pair: Pair, compression: str | None) -> None:
    """aiokafka itself decodes header names, and would raise out of every poll; only that record may be parked."""
    async with Sender(pair, compression) as sender:
        await sender.send(partition=0)
        await sender.send_with_broken_header_name(partition=0)
        await sender.send(partition=0)
    worker = pair.worker()
    await pair.wait_applied(4)
    async with asyncio.timeout(10):
        while worker.status.parked < 1:
            await asyncio.sleep(0.02)
    async with pair.reader_database.transaction() as tx:
        row = (await tx.fetch("SELECT reason_code, headers::text FROM parked_event"))[0]
    assert row[0] == "header-unreadable"
    assert "udcff" in row[1]
