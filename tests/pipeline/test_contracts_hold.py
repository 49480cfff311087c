"""What a month really says on the topics: only what the contracts promise, and nearly all of it."""

from __future__ import annotations

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.contracts.base import Event
from shared.contracts.catalogue import CATALOGUE
from tests.pipeline.conftest import Platform
from tests.shared.contracts.declared_values import not_promised

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

# What an ordinary month has no cause for: nobody lapses, nothing is amended, nothing fails. In December no line will
# run out before its last month.
SILENT = {
    "funding.running-out", "worker.lapsing", "worker.lapsed", "funding.changed", "employer.changed",
    "notification.failed", "enrolment.parked", "subsidy.parked", "notification.parked",
}  # fmt: skip


async def _said(bootstrap: str) -> tuple[set[str], list[Event]]:
    """The topics there are, and everything that was said on them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    described = [one for one in await admin.describe_topics() if not one["topic"].startswith("__")]
    await admin.close()
    topics = {one["topic"] for one in described}
    places = [TopicPartition(one["topic"], part["partition"]) for one in described for part in one["partitions"]]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(places)
        waiting = {place for place in places if ends[place]}
        consumer.assign(list(waiting))
        await consumer.seek_to_beginning()
        events: list[Event] = []
        while waiting:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                bodies = [(record.topic, record.value) for record in records if record.value is not None]
                events += [CATALOGUE.topic(topic).event.from_json_bytes(body) for topic, body in bodies]
            waiting = {place for place in waiting if await consumer.position(place) < ends[place]}
        return topics, events
    finally:
        await consumer.stop()


async def test_a_month_says_what_the_contracts_promise_and_nothing_else(platform: Platform) -> None:
    topics, events = await _said(platform.processes.state.kafka_bootstrap)
    there = {spec.name for spec in CATALOGUE.existing}
    assert topics == there, "planned topics are not in Kafka"
    assert there - SILENT <= {event.TOPIC for event in events} <= there
    assert not {sentence for event in events for sentence in not_promised(event)}
