"""Promise P6: nobody's name, NIK or telephone leaves its service, but encrypted in the restricted topics.

The names, NIKs and telephones of the whole sample list are looked for in every record of every topic (body, key,
headers), in every log line and in every column that is not meant to hold them.
"""

from __future__ import annotations

from collections.abc import Iterator

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts.catalogue import CATALOGUE
from tests.pipeline.canaries import Canaries, of_sample
from tests.pipeline.conftest import Platform

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]


def _canaries(platform: Platform) -> Canaries:
    found = of_sample(next((platform.home / "sample").iterdir()))
    assert len(found.numbers) > 1_000
    assert len(found.words) > 500
    return found


async def _records(bootstrap: str) -> Iterator[tuple[str, str]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    found: list[tuple[str, str]] = []
    try:
        for spec in CATALOGUE.existing:
            places = [TopicPartition(spec.name, number) for number in range(spec.partitions)]
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            await consumer.seek_to_beginning(*places)
            while any([await consumer.position(place) < ends[place] for place in places]):
                for batch in (await consumer.getmany(timeout_ms=1000)).values():
                    for record in batch:
                        parts = [record.key, record.value, *(value for _, value in record.headers)]
                        text = " ".join(part.decode("utf-8", "replace") for part in parts if part is not None)
                        found.append((spec.name, text))
    finally:
        await consumer.stop()
    return iter(found)


async def test_no_topic_holds_a_person(platform: Platform) -> None:
    people = _canaries(platform)
    seen: dict[str, int] = {}
    hits: dict[str, int] = {}
    for topic, text in await _records(platform.processes.state.kafka_bootstrap):
        seen[topic] = seen.get(topic, 0) + 1
        if people.find(text):
            hits[topic] = hits.get(topic, 0) + 1
    assert {"worker.contact", "worker.registered", "contribution.paid", "employer.late", "notification.sent"} <= set(
        seen
    )
    assert hits == {}, "even the restricted topics hold ciphertext only"


def test_no_log_holds_a_person(platform: Platform) -> None:
    people = _canaries(platform)
    logs = [path for path in (platform.home / "logs").rglob("*") if path.is_file()]
    assert len(logs) >= 6
    hits = [
        f"{path.name}:{number}"
        for path in logs
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if people.find(line)
    ]
    assert hits == []


def test_no_span_holds_a_person(platform: Platform) -> None:
    people = _canaries(platform)
    names = {name for name, _ in platform.collector.spans}
    assert {"process batch", "POST /v1/rosters", "job deliver", "job assess"} <= names
    assert [name for name, text in platform.collector.spans if people.find(text)] == []


async def test_no_database_holds_a_person_in_the_clear(platform: Platform) -> None:
    """Vault, staged files and stored answers are ciphertext; only employers' firm names are plain, by design."""
    people = _canaries(platform)
    hits = []
    for service, url in platform.database_urls.items():
        connection = await asyncpg.connect(url)
        try:
            tables = await connection.fetch(
                "SELECT table_name FROM information_schema.tables "
                "WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            )
            for (table,) in tables:
                async with connection.transaction():
                    async for row in connection.cursor(f'SELECT t::text AS text FROM "{table}" t'):
                        if people.find_in_row(row["text"]):
                            hits.append(f"{service}.{table}")
                            break
        finally:
            await connection.close()
    assert hits == []


def test_the_way_to_look_can_find_somebody(platform: Platform) -> None:
    people = _canaries(platform)
    mail = [line for path in (platform.home / "mailbox").rglob("*.jsonl") for line in path.read_text().splitlines()]
    assert mail
    named = sum(people.find(line) is not None for line in mail)
    assert named > len(mail) / 2, "the mailbox is where people are written to, by name (some names have one word)"
    number = next(iter(people.numbers))
    assert people.find(f"x{number}y")
    assert people.find_in_row("(1,\\x" + f"nik={number}".encode().hex() + ")")


def test_a_hash_that_holds_a_number_by_chance_is_no_person() -> None:
    people = Canaries()
    people.add_number("081234567890")
    people.add_number("6472010101900001")
    assert people.find_in_row("(event,1112345678901234567,now)") is None
    assert people.find_in_row("(event,6281234567890,now)")
    assert people.find_in_row('(event,"NIK 6472010101900001",now)')
