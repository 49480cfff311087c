"""Reads every topic to its present end, each record once, on the harness's own way to the broker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts.catalogue import CATALOGUE
from tests.faults.topic_history import Published

# What makes two events of a topic the same effect, where it is not its key and version. None: not compared.
EFFECTS: Mapping[str, tuple[str, ...] | None] = {
    "contribution.due": ("payer_kind", "subject_id", "month", "aggregate_version"),
    "contribution.paid": ("contribution_id", "payment_id", "aggregate_version"),
    "contribution.unfunded": ("worker_id", "month", "aggregate_version"),
    "contribution.credited": ("contribution_id", "credit_id"),
    "subsidy.granted": ("worker_id", "decree_id"),
    "employer.late": ("contribution_id", "months_late"),
    "employer.reported": None,
    "funding.running-out": None,
    "notification.sent": ("recipient_id", "purpose", "period", "attempt"),
    "notification.delivered": ("recipient_id", "purpose", "period", "attempt"),
    "notification.failed": ("recipient_id", "purpose", "period", "attempt"),
}


class Topics:
    """All topics of the catalogue, followed."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._next: dict[TopicPartition, int] = {}

    async def news(self) -> dict[str, list[Published]]:
        """By topic, the records since the last call, each partition in its order."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
        await consumer.start()
        try:
            places = [
                TopicPartition(spec.name, number) for spec in CATALOGUE.existing for number in range(spec.partitions)
            ]
            ends = await consumer.end_offsets(places)
            wanted = {place: end for place, end in ends.items() if self._next.get(place, 0) < end}
            return await self._read(consumer, wanted)
        finally:
            await consumer.stop()

    async def _read(self, consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> dict[str, list[Published]]:
        found: dict[str, list[Published]] = {spec.name: [] for spec in CATALOGUE.existing}
        if ends:
            consumer.assign(list(ends))
            for place in ends:
                consumer.seek(place, self._next.get(place, 0))
        left = set(ends)
        while left:
            for place, records in (await consumer.getmany(timeout_ms=500, max_records=5000)).items():
                fields = EFFECTS.get(place.topic, (CATALOGUE.topic(place.topic).event.KEY_FIELD, "aggregate_version"))
                found[place.topic] += [_published(record, fields) for record in records]
                self._next[place] = await consumer.position(place)
                if self._next[place] >= ends[place]:
                    left.discard(place)
                    consumer.pause(place)
        return found


def _published(record: Any, fields: tuple[str, ...] | None) -> Published:
    headers = dict(record.headers)
    event_id = bytes.fromhex(headers["ce_id"].decode().replace("-", ""))
    digest = hashlib.md5(record.value or b"").digest()
    effect = b"" if fields is None else _effect(record.value, fields)
    return Published(event_id, record.key.decode(), digest, effect)


def _effect(body: bytes | None, fields: tuple[str, ...]) -> bytes:
    """What the event says about which version of what, as a hash; nothing for what cannot be read."""
    try:
        facts = json.loads(body or b"")
    except ValueError:
        return b""
    if not isinstance(facts, dict) or not all(name in facts for name in fields):
        return b""
    return hashlib.md5("|".join(str(facts[name]) for name in fields).encode()).digest()
