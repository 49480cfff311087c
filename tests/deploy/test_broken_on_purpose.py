"""Broker and database can be stopped, killed and frozen one by one and come back with their address and their data."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.child import Child
from deploy.local.kafka.server import answers
from deploy.local.stack import Stack


@pytest.fixture
def postgres(private_stack: Stack) -> Child:
    assert private_stack.postgres is not None
    return private_stack.postgres


@pytest.fixture
def kafka(private_stack: Stack) -> Child:
    assert private_stack.kafka is not None
    return private_stack.kafka


async def test_database_survives_kill_freeze_and_stop(private_stack: Stack, postgres: Child) -> None:
    assert private_stack.databases is not None
    name, url = await asyncio.to_thread(private_stack.databases.create_temporary)
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)")

    await asyncio.to_thread(postgres.kill)
    assert not postgres.is_running
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await connection.fetchval("SELECT 1")
    with pytest.raises(OSError, match="Connect"):
        await asyncpg.connect(url)
    await asyncio.to_thread(postgres.start)
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT id FROM kept") == 1

    await asyncio.to_thread(postgres.pause)
    question = asyncio.create_task(connection.fetchval("SELECT id FROM kept"))
    done, _ = await asyncio.wait([question], timeout=0.5)
    assert not done  # open, and nobody answers
    await asyncio.to_thread(postgres.resume)
    assert await asyncio.wait_for(question, 5) == 1

    await asyncio.to_thread(postgres.pause)
    began = time.monotonic()
    await asyncio.to_thread(postgres.stop)  # also when it is frozen
    assert time.monotonic() - began < 10
    await asyncio.to_thread(postgres.start)
    await asyncio.to_thread(private_stack.databases.drop, name)


@pytest.mark.real_kafka
async def test_broker_survives_kill_and_freeze(
    private_stack: Stack, kafka: Child, topic_name: Callable[[str], str]
) -> None:
    topic, bootstrap = topic_name("kept"), private_stack.kafka_bootstrap
    port = int(bootstrap.split(":")[1])
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await producer.send_and_wait(topic, b"before")
        await asyncio.to_thread(kafka.pause)
        sending = asyncio.create_task(producer.send_and_wait(topic, b"while frozen"))
        done, _ = await asyncio.wait([sending], timeout=0.5)
        assert not done
        await asyncio.to_thread(kafka.resume)
        await asyncio.wait_for(sending, 10)
    await asyncio.to_thread(kafka.kill)
    assert not answers(port)
    await asyncio.to_thread(kafka.start)
    async with AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        values = [(await consumer.getone()).value for _ in range(2)]
    assert values == [b"before", b"while frozen"]


def test_a_child_lives_on_when_the_thread_that_asked_for_it_ends(postgres: Child) -> None:
    """The kernel ties a child to a thread, not to a process; the wrong thread would take the database along."""
    postgres.stop()
    thread = threading.Thread(target=postgres.start)
    thread.start()
    thread.join()
    time.sleep(0.3)
    assert postgres.is_running
