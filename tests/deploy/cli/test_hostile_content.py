"""Hostile content and wrong arguments: the command shows the one and answers the other with a sentence."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from shared.clock import SystemClock
from shared.database import Database
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.processor import BatchProcessor
from shared.messaging.outbox import Outbox
from shared.service.migrations import Migrations
from tests.deploy.cli.running import DEMO, payung
from tests.shared.demo.app import SERVICE
from tests.shared.demo.handlers import StampHandlers
from tests.shared.demo_contracts import StampAdded
from tests.shared.messaging.records import StoredRecord, stored_record

HOSTILE_KEY = b"[/a][red]\x1b]0;owned\x07"
HOSTILE_BODIES = [b'{"a": "\\ud800"}', b'{"a": NaN}', b"[" * 50_000, b"\xff", b"9" * 5_000]


@pytest.mark.parametrize(
    "arguments",
    [
        ["topics", "apply", "--bootstrap", "a:b"],
        ["topics", "apply", "--bootstrap", "127.0.0.1:1", "--replication-factor", "-5"],
        ["events", "show", "nope"],
        ["parked", "list", "-s", ":X"],
        ["parked", "list", "-s", ".foo:bar"],
        ["parked", "replay", "-s", DEMO, "--note", "x", "--key", "k"],
        ["status"],
    ],
)
def test_a_failure_is_a_sentence_for_people_and_an_object_for_programs(arguments: list[str]) -> None:
    done = payung(*arguments, "--json", PAYUNG_HOME="/nonexistent/home")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    answer = json.loads(done.stdout)
    assert answer.get("error") or answer == {"running": False}


def test_a_failure_that_nobody_has_foreseen_shows_its_place_and_not_its_text() -> None:
    done = payung("parked", "list", "-s", "tests.deploy.cli.broken_declaration:SERVICE", "--json")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "6472014101900001" not in done.stderr + done.stdout
    assert "broken_declaration.py" in json.loads(done.stdout)["error"]


async def test_tail_shows_hostile_records(kafka_bootstrap: str) -> None:
    topic = "worker.enrolled"
    await asyncio.to_thread(payung, "topics", "apply", PAYUNG_KAFKA_BOOTSTRAP=kafka_bootstrap)
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, acks="all")
    await producer.start()
    for body in HOSTILE_BODIES:
        await producer.send_and_wait(topic, body, key=HOSTILE_KEY, headers=[("ce_time", b"[/b]\x1b[2J")])
    await producer.stop()
    tail = ["events", "tail", topic, "--last", str(len(HOSTILE_BODIES))]
    people = await asyncio.to_thread(payung, *tail, PAYUNG_KAFKA_BOOTSTRAP=kafka_bootstrap)
    programs = await asyncio.to_thread(payung, *tail, "--json", PAYUNG_KAFKA_BOOTSTRAP=kafka_bootstrap)
    assert people.returncode == programs.returncode == 0, people.stderr + programs.stderr
    assert "[/a][red]" in people.stdout
    assert "\x1b]" not in people.stdout
    assert "\x1b[2J" not in people.stdout

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    lines = [json.loads(line, parse_constant=refuse) for line in programs.stdout.splitlines()]
    assert len(lines) == len(HOSTILE_BODIES)


async def test_parked_events_with_a_hostile_key_are_listed(database_url: str) -> None:
    await Migrations(SERVICE.migrations).upgrade(database_url)
    database = Database(database_url)
    outbox = Outbox(database, SERVICE.name, SERVICE.catalogue)
    intake = Intake(SERVICE.catalogue, SystemClock())
    processor = BatchProcessor(outbox, intake, {StampAdded: StampHandlers().on_stamp_added})
    stamp = StampAdded(aggregate_version=1, booklet_id=uuid4(), stamps=1)
    good = stored_record(SERVICE.catalogue.topic(StampAdded.TOPIC), stamp, offset=2)
    await processor.process([StoredRecord(good.topic, 0, 1, HOSTILE_KEY, b"not json", good.headers)])
    await database.close()
    url_name = f"PAYUNG_{SERVICE.name.upper().replace('-', '_')}_DATABASE_URL"
    done = await asyncio.to_thread(payung, "parked", "list", "-s", DEMO, **{url_name: database_url})
    assert done.returncode == 0, done.stderr
    assert "body-unreadable" in done.stdout
    assert "\x1b]" not in done.stdout
