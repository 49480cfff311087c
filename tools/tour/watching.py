"""What the databases and the topics hold of one worker, and what of it is new since the last look. Only reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlmodel import SQLModel

from deploy.cli.events import latest_records
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.spec import TopicSpec
from tools.tour.sources import Parts

# By which names tables call a person.
_NAMES = ("worker_id", "recipient_id", "subject_id")
_COLUMNS = """
SELECT table_name, min(column_name::text) AS column_name FROM information_schema.columns
WHERE table_schema = 'public' AND column_name = ANY ($1::text[]) GROUP BY table_name ORDER BY table_name
"""
_FIRST_VERIFIED = "SELECT worker_id FROM worker WHERE decision = 'verified' ORDER BY row_number LIMIT 1"
_ALL = 1000


@dataclass(frozen=True)
class RowSeen:
    """A row that is new, or a changed one with what has changed."""

    service: str
    table: type[SQLModel]
    is_new: bool
    values: Mapping[str, Any]


@dataclass(frozen=True)
class EventSeen:
    """An event of the worker that is on a topic. ``body`` is None where nobody but its readers may open it."""

    spec: TopicSpec
    body: Any


async def first_verified(database_url: str) -> UUID | None:
    """The first person of the list whom the rules let in."""
    connection = await asyncpg.connect(database_url)
    try:
        worker_id: UUID | None = await connection.fetchval(_FIRST_VERIFIED)
    finally:
        await connection.close()
    return worker_id


class Tables:
    """The tables of all services."""

    def __init__(self, database_urls: Mapping[str, str], parts: Mapping[str, Parts]) -> None:
        self._urls = database_urls
        self._parts = parts
        self._seen: dict[tuple[str, str, str], Mapping[str, Any]] = {}

    async def news(self, worker_id: UUID) -> list[RowSeen]:
        """What is new of the worker, service by service."""
        return [row for name in self._parts for row in await self._news_of(name, worker_id)]

    def seen(self, service: str, table: str) -> list[Mapping[str, Any]]:
        """The worker's rows of a table as they were at the last look."""
        return [row for (whose, name, _), row in self._seen.items() if (whose, name) == (service, table)]

    async def _news_of(self, service: str, worker_id: UUID) -> list[RowSeen]:
        connection = await asyncpg.connect(self._urls[service])
        try:
            found: list[RowSeen] = []
            for row in await connection.fetch(_COLUMNS, list(_NAMES)):
                table = self._parts[service].table(row["table_name"])
                if table is not None:
                    query = f'SELECT to_jsonb(t)::text FROM "{row["table_name"]}" t WHERE "{row["column_name"]}" = $1'  # noqa: S608 - names of our own tables
                    texts = await connection.fetch(query, worker_id)
                    found += self._compare(service, table, [json.loads(text["to_jsonb"]) for text in texts])
            return found
        finally:
            await connection.close()

    def _compare(self, service: str, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> Iterator[RowSeen]:
        declared = table.__table__  # type: ignore[attr-defined] # SQLModel does not type it
        key = [column.name for column in declared.primary_key]
        for row in rows:
            place = (service, declared.name, json.dumps([row[name] for name in key]))
            before = self._seen.get(place)
            self._seen[place] = row
            if before is None:
                yield RowSeen(service, table, True, row)
            elif before != row:
                changed = {name: value for name, value in row.items() if value != before.get(name)}
                yield RowSeen(service, table, False, changed)


class Topics:
    """All topics that are there."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._seen: set[tuple[str, int, int]] = set()

    async def news(self, worker_id: UUID) -> list[EventSeen]:
        """The worker's events that have come since the last look, by time."""
        partitions = [
            TopicPartition(spec.name, number) for spec in CATALOGUE.existing for number in range(spec.partitions)
        ]
        found = []
        for record in await latest_records(self._consumer, partitions, _ALL):
            place = (record.topic, record.partition, record.offset)
            if place not in self._seen and str(worker_id).encode() in (record.key or b"") + (record.value or b""):
                self._seen.add(place)
                spec = CATALOGUE.topic(record.topic)
                is_open = spec.data_class != "restricted" and record.value is not None
                found.append(EventSeen(spec, json.loads(record.value) if is_open else None))
        return found
