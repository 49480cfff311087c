"""A small world for the conformance suite and the benchmark: counters that move, a writer and a reader.

The writer moves counters under their row locks and emits `CounterMoved` with the counter's version. The reader adds
one row to ``applied`` for each event (no unique constraint: a double effect shows) and emits `CounterSeen`.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar, Literal
from uuid import UUID

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pydantic import Field

from shared.clock import SystemClock
from shared.contracts.base import Event
from shared.contracts.spec import Catalogue, TopicSpec
from shared.database import Database
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.kafka_client import ConsumerSettings
from shared.messaging.consume.processor import BatchProcessor, Handlers
from shared.messaging.envelope import Received
from shared.messaging.outbox import Outbox, UnitOfWork
from shared.messaging.publish.publisher import ProducerSettings
from shared.messaging.tables import create_statements, packed_name_statements, parcel_statements

WRITER, READER = "enrolment", "subsidy"


class CounterMoved(Event):
    """A counter moved by ``amount``. Abstract: `World` makes a subclass with a topic of its own."""

    KEY_FIELD: ClassVar[str] = "counter_id"

    counter_id: UUID
    amount: int = Field(ge=0, le=1_000_000)
    colour: Literal["red", "green"] = "red"
    note: str = Field(default="", max_length=200)


class CounterSeen(Event):
    """The reader has applied a movement."""

    KEY_FIELD: ClassVar[str] = "counter_id"

    counter_id: UUID


class World:
    """Contracts with fresh topic names, so that runs on one broker do not meet."""

    def __init__(self, suffix: str | None = None, partitions: int = 6) -> None:
        self.suffix = suffix or uuid.uuid4().hex[:10]
        self.partitions = partitions
        self.moved: type[CounterMoved] = type(
            "Moved", (CounterMoved,), {"TOPIC": f"counter-{self.suffix}.moved", "__module__": __name__}
        )
        self.seen: type[CounterSeen] = type(
            "Seen", (CounterSeen,), {"TOPIC": f"counter-{self.suffix}.seen", "__module__": __name__}
        )
        self.catalogue = Catalogue(
            [
                TopicSpec(self.moved.TOPIC, "A counter moved.", self.moved, (WRITER,), (READER,), partitions),
                TopicSpec(self.seen.TOPIC, "A movement was applied.", self.seen, (READER,), (), partitions),
            ]
        )

    async def create_topics(self, bootstrap: str) -> None:
        """Create both topics and wait until the broker serves them."""
        await create_topics(bootstrap, [spec.name for spec in self.catalogue], self.partitions)

    async def delete_topics(self, bootstrap: str) -> None:
        """Delete both topics, for whoever borrows somebody's broker."""
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        try:
            await admin.delete_topics([spec.name for spec in self.catalogue])
        finally:
            await admin.close()

    def producer(self, bootstrap: str, **changes: object) -> ProducerSettings:
        """Settings for a relay."""
        return ProducerSettings(bootstrap_servers=bootstrap, **changes)  # type: ignore[arg-type]

    def consumer(self, bootstrap: str, **changes: object) -> ConsumerSettings:
        """Settings for the reader's workers."""
        settings: dict[str, Any] = {"group_id": f"reader-{self.suffix}", **changes}
        return ConsumerSettings(bootstrap_servers=bootstrap, **settings)

    def writer(self, database: Database) -> Outbox:
        """The writer's way to its database."""
        return Outbox(database, WRITER, self.catalogue)

    def reader(self, database: Database) -> Outbox:
        """The reader's way to its database."""
        return Outbox(database, READER, self.catalogue)

    def processor(self, database: Database, handlers: Handlers | None = None) -> BatchProcessor:
        """The reader's processor, with the ordinary handler unless others are given."""
        outbox = self.reader(database)
        return BatchProcessor(
            outbox, Intake(self.catalogue, SystemClock()), handlers or {self.moved: self.on_counter_moved}
        )

    async def on_counter_moved(self, uow: UnitOfWork, events: Sequence[Received[CounterMoved]]) -> None:
        """Set-based: one insert for all, one event out for each. An amount of 666 is refused for good."""
        if any(received.event.amount == 666 for received in events):
            raise ValueError("the number of the beast")
        await uow.run(
            "INSERT INTO applied (event_id, counter_id, version)"
            " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[])",
            [received.event_id for received in events],
            [received.event.counter_id for received in events],
            [received.event.aggregate_version for received in events],
        )
        for received in events:
            event = received.event
            uow.emit(self.seen(aggregate_version=event.aggregate_version, counter_id=event.counter_id), cause=received)


async def create_topics(bootstrap: str, names: Sequence[str], partitions: int) -> None:
    """Create topics and wait until the broker serves them. Raises TimeoutError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1) for name in names])
        for _ in range(100):
            described = await admin.describe_topics(names)
            if all(item["error_code"] == 0 and len(item["partitions"]) == partitions for item in described):
                return
            await asyncio.sleep(0.05)
        raise TimeoutError("The broker did not serve the new topics within 5 s.")
    finally:
        await admin.close()


async def create_tables(database: Database) -> None:
    """The kit's tables plus the two of this world."""
    async with database.transaction() as tx:
        for statement in (*create_statements(), *parcel_statements(), *packed_name_statements()):
            await tx.run(statement)
        await tx.run("CREATE TABLE counter (counter_id uuid PRIMARY KEY, version bigint NOT NULL)")
        await tx.run(
            "CREATE TABLE applied (position bigint GENERATED ALWAYS AS IDENTITY, event_id uuid, counter_id uuid,"
            " version bigint)"
        )
