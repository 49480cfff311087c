"""Topics made from a catalogue on a real broker: created, unchanged, corrected, or left for a person."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.contracts.base import Event
from shared.contracts.catalogue import CATALOGUE, Catalogue
from shared.contracts.publishing.topic_config import ClusterSettings, topic_config
from shared.contracts.publishing.topics import TopicReport, TopicsError, apply_topics
from tests.shared.contracts.samples import BoatMoored, boat_spec

CLUSTER = ClusterSettings()


@pytest.fixture
async def admin(kafka_bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await client.start()
    yield client
    await client.close()


@pytest.fixture
async def event(admin: AIOKafkaAdminClient) -> AsyncIterator[type[Event]]:
    """An event on a topic that nobody used before and that is gone afterwards."""
    name = f"boat-{secrets.token_hex(5)}.moored"
    yield type("Moored", (BoatMoored,), {"TOPIC": name, "__module__": __name__})
    if name in await admin.list_topics():
        await admin.delete_topics([name])


def one(event: type[Event], **facts: object) -> Catalogue:
    return Catalogue([boat_spec(event, **facts)])


async def config_of(admin: AIOKafkaAdminClient, name: str) -> dict[str, str]:
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    return {key: value for key, value, *_ in answer.resources[0][4]}


async def partitions_of(admin: AIOKafkaAdminClient, name: str) -> int:
    return next(len(topic["partitions"]) for topic in await admin.describe_topics() if topic["topic"] == name)


async def test_created_once_and_then_unchanged(admin: AIOKafkaAdminClient, event: type[Event]) -> None:
    catalogue = one(event)
    assert await apply_topics(admin, catalogue, CLUSTER) == (TopicReport(event.TOPIC, "created"),)
    assert await apply_topics(admin, catalogue, CLUSTER) == (TopicReport(event.TOPIC, "unchanged"),)
    assert await partitions_of(admin, event.TOPIC) == 4


async def test_a_planned_topic_is_not_made_and_never_taken_away(admin: AIOKafkaAdminClient, event: type[Event]) -> None:
    planned = one(event, planned=True)
    (told,) = await apply_topics(admin, planned, CLUSTER)
    assert (told.outcome, told.differences) == ("planned", ("Nobody writes it yet; not made.",))
    assert event.TOPIC not in await admin.list_topics()
    await apply_topics(admin, one(event, partitions=2), CLUSTER)
    (told,) = await apply_topics(admin, planned, CLUSTER, add_partitions=True)
    assert told.outcome == "planned"
    assert told.differences == ("Nobody writes it yet; it is there from before and was left alone.",)
    assert await partitions_of(admin, event.TOPIC) == 2
    (begun,) = await apply_topics(admin, one(event, partitions=2), CLUSTER)
    assert begun.outcome == "unchanged", "as it was, when somebody begins to write it"


@pytest.mark.real_kafka
async def test_kafka_has_the_settings_of_the_catalogue(admin: AIOKafkaAdminClient, event: type[Event]) -> None:
    await apply_topics(admin, one(event, retention_days=40), CLUSTER)
    config = await config_of(admin, event.TOPIC)
    assert config["cleanup.policy"] == "delete"
    assert config["retention.ms"] == str(40 * 86_400_000)
    assert config["max.message.bytes"] == str(1024 * 1024)
    assert config["min.insync.replicas"] == "1"


@pytest.mark.real_kafka
async def test_a_compacted_topic(admin: AIOKafkaAdminClient, event: type[Event]) -> None:
    catalogue = one(event, compacted=True, tombstones=True, retention_days=None)
    await apply_topics(admin, catalogue, CLUSTER)
    config = await config_of(admin, event.TOPIC)
    assert config["cleanup.policy"] == "compact"
    assert config["delete.retention.ms"] == str(30 * 86_400_000)
    assert config["max.compaction.lag.ms"] == str(86_400_000)


@pytest.mark.real_kafka
async def test_drift_is_reported_or_corrected(admin: AIOKafkaAdminClient, event: type[Event]) -> None:
    await apply_topics(admin, one(event, retention_days=30), CLUSTER)
    longer = one(event, retention_days=31)
    drift = f"retention.ms was {30 * 86_400_000} and should be {31 * 86_400_000}."
    (told,) = await apply_topics(admin, longer, CLUSTER, correct_settings=False)
    assert told == TopicReport(event.TOPIC, "differs", (drift,))
    assert (await config_of(admin, event.TOPIC))["retention.ms"] == str(30 * 86_400_000)
    (mended,) = await apply_topics(admin, longer, CLUSTER)
    assert mended == TopicReport(event.TOPIC, "corrected", (drift,))
    assert (await config_of(admin, event.TOPIC))["retention.ms"] == str(31 * 86_400_000)
    assert (await apply_topics(admin, longer, CLUSTER))[0].outcome == "unchanged"


@pytest.mark.real_kafka
async def test_settings_of_others_stay(admin: AIOKafkaAdminClient, event: type[Event]) -> None:
    spec = boat_spec(event)
    await apply_topics(admin, Catalogue([spec]), CLUSTER)
    by_hand = {**topic_config(spec, CLUSTER), "segment.ms": "3600000", "retention.ms": "1000"}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, event.TOPIC, by_hand)])
    async with asyncio.timeout(10):
        while (await config_of(admin, event.TOPIC))["retention.ms"] != "1000":
            await asyncio.sleep(0.05)
    (report,) = await apply_topics(admin, Catalogue([spec]), CLUSTER)
    assert report.outcome == "corrected"
    config = await config_of(admin, event.TOPIC)
    assert config["retention.ms"] == str(30 * 86_400_000)
    assert config["segment.ms"] == "3600000"


@pytest.mark.real_kafka
async def test_partitions_are_added_only_when_allowed(admin: AIOKafkaAdminClient, event: type[Event]) -> None:
    await apply_topics(admin, one(event, partitions=2), CLUSTER)
    more = one(event, partitions=5)
    (told,) = await apply_topics(admin, more, CLUSTER)
    assert told.outcome == "differs"
    assert "has 2 partitions and should have 5" in told.differences[0]
    assert "moves keys" in told.differences[0]
    assert await partitions_of(admin, event.TOPIC) == 2
    (mended,) = await apply_topics(admin, more, CLUSTER, add_partitions=True)
    assert mended.outcome == "corrected"
    assert await partitions_of(admin, event.TOPIC) == 5
    assert (await apply_topics(admin, more, CLUSTER, add_partitions=True))[0].outcome == "unchanged"


async def test_partitions_are_never_taken_away(admin: AIOKafkaAdminClient, event: type[Event]) -> None:
    await apply_topics(admin, one(event, partitions=3), CLUSTER)
    (told,) = await apply_topics(admin, one(event, partitions=2), CLUSTER, add_partitions=True)
    assert told.outcome == "differs"
    assert "cannot take partitions away" in told.differences[0]
    assert await partitions_of(admin, event.TOPIC) == 3


@pytest.mark.real_kafka
async def test_more_copies_than_brokers_is_refused_in_words(admin: AIOKafkaAdminClient, event: type[Event]) -> None:
    with pytest.raises(TopicsError, match="replication factor 3"):
        await apply_topics(admin, one(event), ClusterSettings(replication_factor=3, min_insync_replicas=2))


@pytest.mark.real_kafka
async def test_fewer_copies_than_wanted_is_left_for_a_person(admin: AIOKafkaAdminClient, event: type[Event]) -> None:
    await apply_topics(admin, one(event), CLUSTER)
    (told,) = await apply_topics(admin, one(event), ClusterSettings(replication_factor=3), correct_settings=False)
    assert told.outcome == "differs"
    assert "is kept 1 times and should be kept 3 times" in told.differences[0]


async def test_two_at_once_create_each_topic_once(kafka_bootstrap: str, event: type[Event]) -> None:
    import asyncio

    async def run() -> TopicReport:
        client = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
        await client.start()
        try:
            return (await apply_topics(client, one(event), CLUSTER))[0]
        finally:
            await client.close()

    outcomes = sorted([report.outcome for report in await asyncio.gather(*(run() for _ in range(4)))])
    assert outcomes == ["created", "unchanged", "unchanged", "unchanged"]


def test_settings_that_could_never_confirm_an_event_are_refused() -> None:
    with pytest.raises(ValueError, match="between 1 and replication_factor"):
        ClusterSettings(replication_factor=1, min_insync_replicas=2)


def test_the_whole_catalogue_has_settings() -> None:
    for spec in CATALOGUE:
        config = topic_config(spec, CLUSTER)
        assert ("retention.ms" in config) != ("max.compaction.lag.ms" in config)
