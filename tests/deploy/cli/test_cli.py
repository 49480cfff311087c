"""The `payung` command as a person and a script meet it: real processes, real broker, real database."""

from __future__ import annotations

import asyncio
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from shared.clock import SystemClock
from shared.contracts.catalogue import CATALOGUE
from shared.database import Database
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.processor import BatchProcessor
from shared.messaging.envelope import HeaderWriter, OutboxRow
from shared.messaging.outbox import Outbox
from shared.service.migrations import Migrations
from tests.deploy.cli.running import DEMO, payung, payung_anew
from tests.shared.demo.app import SERVICE
from tests.shared.demo.handlers import StampHandlers
from tests.shared.demo_contracts import StampAdded
from tests.shared.messaging.records import StoredRecord, stored_record


def as_json(done: subprocess.CompletedProcess[str]) -> Any:
    """The one object on standard output."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_events_list_is_the_catalogue() -> None:
    anew, forked = (run("events", "list", "--json") for run in (payung_anew, payung))
    assert [topic["name"] for topic in as_json(anew)["topics"]] == [spec.name for spec in CATALOGUE]
    assert (forked.stdout, forked.stderr) == (anew.stdout, anew.stderr), "a forked process is no other command"


def test_an_unknown_topic_is_answered_with_a_sentence_and_no_traceback() -> None:
    done = payung("events", "show", "worker.enroled")
    assert done.returncode == 1
    assert "worker.enrolled" in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [["status"], ["status", "--json"], ["down"]])
def test_without_anything_running_the_command_says_so(tmp_path: Path, command: list[str]) -> None:
    done = payung(*command, "--home", str(tmp_path / "empty"))
    assert done.returncode == (1 if "status" in command else 0)
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "empty").exists(), "looking must not create anything"


def test_a_broker_that_is_not_there_is_a_sentence(free_port: int) -> None:
    done = payung("topics", "apply", "--bootstrap", f"127.0.0.1:{free_port}")
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_topics_are_applied_once(kafka_bootstrap: str) -> None:
    as_json(payung("topics", "apply", "--json", PAYUNG_KAFKA_BOOTSTRAP=kafka_bootstrap))
    again = as_json(payung("topics", "apply", "--json", PAYUNG_KAFKA_BOOTSTRAP=kafka_bootstrap))["topics"]
    outcomes = {topic["name"]: topic["outcome"] for topic in again}
    assert outcomes == {spec.name: "planned" if spec.planned else "unchanged" for spec in CATALOGUE}


def test_a_topic_that_is_only_planned_is_shown_as_such(kafka_bootstrap: str) -> None:
    topics = {topic["name"]: topic for topic in as_json(payung("events", "list", "--json"))["topics"]}
    assert {name for name, topic in topics.items() if topic["planned"]} == {s.name for s in CATALOGUE if s.planned}
    assert topics["worker.lapsing"]["planned_readers"] == ["subsidy", "console"]
    shown = payung("events", "show", "worker.exited").stdout
    assert "planned: enrolment" in shown
    done = payung("events", "tail", "worker.exited", PAYUNG_KAFKA_BOOTSTRAP=kafka_bootstrap)
    assert done.returncode == 1
    assert "only planned" in done.stderr


@pytest.mark.parametrize("topic", ["worker.enrolled", "worker.contact"])
async def test_tail_shows_the_last_event_but_no_restricted_body(kafka_bootstrap: str, topic: str) -> None:
    await asyncio.to_thread(payung, "topics", "apply", PAYUNG_KAFKA_BOOTSTRAP=kafka_bootstrap)
    spec = CATALOGUE.topic(topic)
    event = spec.event.example()
    row = OutboxRow(0, 1, uuid4(), topic, 1, event.key, datetime.now(UTC), None, event.to_json_bytes())
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, acks="all")
    await producer.start()
    headers = HeaderWriter(spec.owners[0]).headers(row)
    await producer.send_and_wait(topic, event.to_json_bytes(), key=event.key.encode(), headers=headers)
    await producer.stop()
    done = await asyncio.to_thread(
        payung, "events", "tail", topic, "--last", "1", "--json", PAYUNG_KAFKA_BOOTSTRAP=kafka_bootstrap
    )
    line = json.loads(done.stdout)
    assert line["headers"]["ce_id"] == str(row.event_id)
    if spec.data_class == "restricted":
        assert "not shown" in line["body"]
    else:
        assert line["body"] == json.loads(event.to_json_bytes())


async def test_parked_events_are_listed_replayed_and_dropped(database_url: str) -> None:
    await Migrations(SERVICE.migrations).upgrade(database_url)
    database = Database(database_url)
    processor = BatchProcessor(
        Outbox(database, SERVICE.name, SERVICE.catalogue),
        Intake(SERVICE.catalogue, SystemClock()),
        {StampAdded: StampHandlers().on_stamp_added},
    )
    good = stored_record(
        SERVICE.catalogue.topic(StampAdded.TOPIC),
        StampAdded(aggregate_version=1, booklet_id=uuid4(), stamps=1),
        offset=2,
    )
    unfitting = (good.value or b"").replace(b'"stamps":1', b'"stamps":"one"')
    bad = StoredRecord(good.topic, 0, 1, good.key, unfitting, good.headers)
    noise = StoredRecord(good.topic, 0, 3, good.key, b"not json", good.headers)
    await processor.process([bad, good, noise])
    await database.close()
    known = {f"PAYUNG_{SERVICE.name.upper().replace('-', '_')}_DATABASE_URL": database_url}

    async def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(payung, "parked", *arguments, "--json", **known)

    listed = as_json(await run("list", "-s", DEMO))["parked"]
    assert [(event["reason_code"], event["holds_key"]) for event in listed] == [
        ("body-invalid", True),
        ("follows-parked", True),
        ("body-unreadable", False),
    ]
    still = await run("replay", "-s", DEMO, "--note", "try")
    assert still.returncode == 1
    as_json(await run("drop", "-s", DEMO, str(listed[0]["position"]), "--note", "the writer was told", "--by", "siti"))
    again = await run("drop", "-s", DEMO, str(listed[0]["position"]), "--note", "again")
    assert again.returncode == 1
    assert "not parked" in again.stderr.replace("\n", " ")
    gone_on = await run("replay", "-s", DEMO, "--note", "go on")
    assert gone_on.returncode == 1, "the record that is none is refused again"
    [key] = json.loads(gone_on.stdout)["keys"].values()
    assert (key["replayed"], key["stopped_at"], list(key["refused"])) == (1, None, [str(listed[2]["position"])])
    people = await asyncio.to_thread(payung, "parked", "replay", "-s", DEMO, "--note", "once more", **known)
    assert "0 keys still wait" in people.stdout
    assert "1 records hold nobody back" in people.stdout
    as_json(await run("drop", "-s", DEMO, str(listed[2]["position"]), "--note", "noise"))
    assert as_json(await run("replay", "-s", DEMO, "--note", "nothing left"))["keys"] == {}
    assert as_json(await run("list", "-s", DEMO))["parked"] == []
    everything = as_json(await run("list", "-s", DEMO, "--all"))["parked"]
    assert [(event["status"], event["resolution"]) for event in everything] == [
        ("dropped", "the writer was told"),
        ("replayed", "go on"),
        ("dropped", "noise"),
    ]
    assert everything[0]["resolved_by"] == "siti"
