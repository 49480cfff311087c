"""Where Java or the jars are missing the stand-in broker runs, says in one line what is weaker, and carries records."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import broker, kafka
from deploy.local.errors import LocalRunError
from deploy.local.home import Home
from deploy.local.kafka.jars import ensure_jars, hashes, jars_folder
from deploy.local.stack import destroy, local_stack, start_stack


def _program(folder: Path, name: str, script: str) -> Path:
    """A program of this name for a path of its own."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return folder


async def test_without_java_records_travel_through_the_stand_in(
    tmp_path: Path, topic_name: Callable[[str], str]
) -> None:
    said: list[str] = []
    topic = topic_name("fallback")
    home = tmp_path / "home"
    with local_stack(home, env={"PATH": str(tmp_path)}, say=said.append) as stack:
        assert stack.broker_kind == "mesh"
        admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka_bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
        await admin.close()
        async with AIOKafkaProducer(bootstrap_servers=stack.kafka_bootstrap) as producer:
            await producer.send_and_wait(topic, b"value", key=b"key", headers=[("ce_id", b"1")])
        async with AIOKafkaConsumer(
            topic, bootstrap_servers=stack.kafka_bootstrap, auto_offset_reset="earliest"
        ) as consumer:
            record = await consumer.getone()
        assert (record.key, record.value, record.headers) == (b"key", b"value", (("ce_id", b"1"),))
    destroy(home)
    assert len(said) == 1
    assert "forgets them at a restart" in said[0]
    assert "Java is not installed; install it with" in said[0]


def test_an_old_java_is_named(tmp_path: Path) -> None:
    path = _program(tmp_path, "java", "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2")
    said: list[str] = []
    kind, _ = broker.prepare(Home.open(tmp_path / "home"), {"PATH": f"{path}:{os.defpath}"}, said.append)
    assert kind == "mesh"
    assert "Java 11 is too old" in said[0]


def test_demanded_kafka_is_not_replaced(tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path), "PAYUNG_LOCAL_BROKER": "kafka"}
    with pytest.raises(kafka.KafkaUnavailableError, match="Java is not installed"):
        broker.prepare(Home.open(tmp_path / "home"), env, lambda _: None)


def test_jars_that_we_do_not_know_are_refused(tmp_path: Path) -> None:
    copy = 'for word; do case "$word" in -DoutputDirectory=*) echo bad > "${word#*=}/kafka_2.13-4.3.1.jar";; esac; done'
    path = _program(tmp_path, "mvn", copy)
    with pytest.raises(kafka.KafkaUnavailableError, match="not the ones we know"):
        ensure_jars(tmp_path / "cache", {"PATH": f"{path}:{os.defpath}"})
    assert not jars_folder(tmp_path / "cache").exists()
    assert list((tmp_path / "cache").glob(".kafka-*")) == []


def test_a_failed_fetch_tells_maven_s_reason(tmp_path: Path) -> None:
    path = _program(tmp_path, "mvn", "echo '[ERROR] Could not transfer artifact'; exit 1")
    with pytest.raises(kafka.KafkaUnavailableError, match="Could not transfer artifact"):
        ensure_jars(tmp_path / "cache", {"PATH": f"{path}:{os.defpath}"})


def test_hashes_are_sha256_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.jar").write_bytes(b"content")
    assert hashes(tmp_path) == {"a.jar": hashlib.sha256(b"content").hexdigest()}


def test_addresses_from_outside_start_nothing(tmp_path: Path) -> None:
    env = {
        "PAYUNG_KAFKA_BOOTSTRAP": "broker.example:9092",
        "PAYUNG_ENROLMENT_DATABASE_URL": "postgresql://somewhere/enrolment",
    }
    stack = start_stack(Home.open(tmp_path / "home"), ["enrolment"], env=env)
    assert (stack.children, stack.databases) == ([], None)
    assert (stack.broker_kind, stack.kafka_bootstrap) == ("external", "broker.example:9092")
    assert stack.database_urls == {"enrolment": "postgresql://somewhere/enrolment"}


def test_one_outside_database_leaves_the_others_ours(tmp_path: Path) -> None:
    env = {"PAYUNG_LOCAL_BROKER": "mesh", "PAYUNG_SUBSIDY_DATABASE_URL": "postgresql://somewhere/subsidy"}
    with local_stack(tmp_path / "home", ["enrolment", "subsidy"], env=env) as stack:
        assert stack.database_urls["subsidy"] == "postgresql://somewhere/subsidy"
        assert "127.0.0.1" in stack.database_urls["enrolment"]
    destroy(tmp_path / "home")


def test_an_unknown_choice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LocalRunError, match="set it to kafka, mesh or auto"):
        broker.prepare(Home.open(tmp_path / "home"), {"PAYUNG_LOCAL_BROKER": "rabbit"}, lambda _: None)
