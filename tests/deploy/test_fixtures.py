"""The fixtures that all other tests lean on give what they promise."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import ports
from tests.conftest import MakeDatabase


async def test_broker_carries_a_record(kafka_bootstrap: str, topic_name: Callable[[str], str]) -> None:
    topic = topic_name("deploy.fixture")
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1)])
        async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, acks="all") as producer:
            await producer.send_and_wait(topic, b"value", key=b"key")
        async with AIOKafkaConsumer(
            topic, bootstrap_servers=kafka_bootstrap, group_id=topic, auto_offset_reset="earliest"
        ) as consumer:
            record = await consumer.getone()
        assert (record.key, record.value) == (b"key", b"value")
    finally:
        await admin.delete_topics([topic])
        await admin.close()


async def test_every_database_is_fresh_and_its_own(make_database: MakeDatabase) -> None:
    first, second = await make_database(), await make_database()
    for url in (first, second):
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("CREATE TABLE probe (id int)")  # would exist already if they were one
            assert await connection.fetchval("SELECT current_user = current_database()")
        finally:
            await connection.close()


def test_topic_names_never_repeat(topic_name: Callable[[str], str]) -> None:
    assert topic_name("a") != topic_name("a")


def test_free_port_is_free(free_port: int) -> None:
    assert ports.is_free(free_port)
