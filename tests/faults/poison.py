"""Events that nobody can read, put into topics by hand: each has to wait parked, once at every reader, and be dropped.

They make the consumers pass the crash points around parking, and show that a bad event holds up no other.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.clock import SystemClock
from shared.contracts.catalogue import CATALOGUE, RUNNING_SERVICES
from shared.database import Database
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.parked_admin import ParkedEvents
from shared.messaging.envelope import CONTENT_TYPE, partition_for, schema_uri, source_of
from shared.messaging.outbox import Outbox
from shared.service.composition import topics_read
from tests.faults.anomalies import Anomaly, Class
from tests.faults.topic_history import Committed

BODIES = (b'{"aggregate_version": ', b'{"aggregate_version": "one"}', b"\xff\xfe", b"[]")
PATIENCE_S = 60.0
WRITER = "the harness"
BY, NOTE = "operator", "put there by python -m tests.faults"


def subscriptions(service: str) -> list[str]:
    """The topics that a service reads: those that are there and that it has handlers for."""
    return topics_read(CATALOGUE, importlib.import_module(f"services.{service}.app").SERVICE.handlers)


READERS = {service: topics for service in RUNNING_SERVICES if (topics := subscriptions(service))}


@dataclass
class Poison:
    """What was put in, by topic, for the judges."""

    bootstrap: str
    committed: dict[str, dict[bytes, Committed]] = field(default_factory=lambda: defaultdict(dict))
    _position: int = 0

    async def put_in(self, topic: str, chance: float) -> None:
        """Put one bad event into ``topic`` and see to it that it is there."""
        event_id, key = uuid.uuid4(), str(uuid.uuid4())
        body = BODIES[int(chance * len(BODIES))]
        spec = CATALOGUE.topic(topic)
        headers = [
            *CONTENT_TYPE,
            ("ce_type", topic.encode()),
            ("ce_source", source_of(spec.owners[0]).encode()),
            ("ce_dataschema", schema_uri(topic, spec.event.VERSION).encode()),
            ("ce_id", str(event_id).encode()),
            ("ce_time", datetime.now(UTC).isoformat().encode()),
            ("ce_subject", key.encode()),
        ]
        self._position += 1
        self.committed[topic][event_id.bytes] = Committed(WRITER, self._position, key, hashlib.md5(body).digest())
        partition = partition_for(key.encode(), spec.partitions)
        # Without a limit: it has to be known that it is there, and the broker comes back before the nemesis rests.
        while True:
            producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all", request_timeout_ms=5000)
            with contextlib.suppress(KafkaError, OSError):
                try:
                    await producer.start()
                    await producer.send_and_wait(topic, body, key.encode(), partition, headers=headers)
                    return
                finally:
                    await producer.stop()
            await asyncio.sleep(0.5)

    async def drop_all(self, urls: dict[str, str]) -> list[Anomaly]:
        """Wait until every reader has parked what it has to, then drop it as an operator does; gives what is wrong."""
        found: list[Anomaly] = []
        for service, topics in READERS.items():
            wanted = {event_id for topic in topics for event_id in self.committed[topic]}
            database = Database(urls[service])
            try:
                found += await self._drop(service, database, wanted)
            finally:
                await database.close()
        return found

    async def _drop(self, service: str, database: Database, wanted: set[bytes]) -> list[Anomaly]:
        admin = ParkedEvents(database, Outbox(database, service, CATALOGUE), Intake(CATALOGUE, SystemClock()), {})
        give_up_at = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            rows = await admin.list_events(status=None, limit=100_000)
            ids = [row.event_id.bytes for row in rows if row.event_id is not None]
            if wanted <= set(ids) or asyncio.get_running_loop().time() > give_up_at:
                break
            await asyncio.sleep(0.5)
        for row in rows:
            if row.status == "parked" and row.event_id is not None and row.event_id.bytes in wanted:
                await admin.drop(row.position, by=BY, note=NOTE)
        return list(judge_parked(service, ids, wanted))


def judge_parked(service: str, parked: Iterable[bytes], wanted: set[bytes]) -> Iterator[Anomaly]:
    """Each of ``wanted`` waits parked, once. Others that wait are for `payung verify` to tell."""
    counts: dict[bytes, int] = defaultdict(int)
    for event_id in parked:
        counts[event_id] += 1
    for event_id in wanted:
        words = f"event {uuid.UUID(bytes=event_id)}: unreadable, and parked {counts[event_id]} times"
        if counts[event_id] != 1:
            yield Anomaly(Class.DUPLICATE if counts[event_id] else Class.LOST, f"parked events of {service}", words)
