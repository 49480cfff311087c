"""What the databases hold, read straight from them: commits as they happened, inboxes, outboxes, messages.

A trigger copies every row that enters an outbox into a table of the harness, in the same transaction. So what was
committed, and in which order, is known for sure and not taken from the code that is under test.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from tests.faults.topic_history import Committed

_WATCH = (
    "CREATE SCHEMA IF NOT EXISTS faults",
    """
    CREATE TABLE IF NOT EXISTS faults.committed (
        position bigint NOT NULL, event_id uuid NOT NULL, topic text NOT NULL, key text NOT NULL, body bytea,
        packed bytea
    )
    """,
    """
    CREATE OR REPLACE FUNCTION faults.note_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO faults.committed
        SELECT position, event_id, topic, key, body, packed FROM fresh;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER noted AFTER INSERT ON outbox REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION faults.note_outbox()
    """,
)
_COMMITTED = """
SELECT position, event_id, topic, key, body, packed FROM faults.committed WHERE position > $1 ORDER BY position
"""
_WAITING = "SELECT coalesce(sum(events), 0) FROM outbox"
_ENTERED = "SELECT event_id FROM inbox"
_PARKED = "SELECT event_id FROM parked_event WHERE event_id IS NOT NULL"
_MESSAGES = "SELECT message_id::text, state FROM message"


class Databases:
    """Reads the services' databases at ``urls``, past the proxies."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = dict(urls)
        self._read_to: dict[str, int] = defaultdict(int)

    async def watch(self) -> None:
        """Begin to note what enters the outboxes; call it before any process of a service starts."""
        for service in self._urls:
            for statement in _WATCH:
                await self.run(service, statement)

    async def committed(self) -> dict[str, dict[bytes, Committed]]:
        """By topic and event id, what was committed since the last call."""
        found: dict[str, dict[bytes, Committed]] = defaultdict(dict)
        for service in self._urls:
            for row in await self.fetch(service, _COMMITTED, self._read_to[service]):
                for event_id, key, body in events_of(row):
                    digest = hashlib.md5(body, usedforsecurity=False).digest()
                    found[row["topic"]][event_id] = Committed(service, row["position"], key, digest)
                self._read_to[service] = row["position"]
        return found

    async def waiting(self) -> dict[str, int]:
        """How many events each outbox holds."""
        counts = await asyncio.gather(*(self.fetch(service, _WAITING) for service in self._urls))
        return {service: int(rows[0][0]) for service, rows in zip(self._urls, counts, strict=True)}

    async def entered(self, service: str) -> list[bytes]:
        """The ids in a service's inbox."""
        return [row[0].bytes for row in await self.fetch(service, _ENTERED)]

    async def parked(self, service: str) -> list[bytes]:
        """The ids of the events that wait parked at a service, or have waited until somebody dropped them."""
        return [row[0].bytes for row in await self.fetch(service, _PARKED)]

    async def messages(self) -> dict[str, str]:
        """The state of every message by id."""
        return {row[0]: row[1] for row in await self.fetch("notification", _MESSAGES)}

    async def fetch(self, service: str, question: str, *values: Any) -> list[Any]:
        """The rows that answer a question."""
        connection = await asyncpg.connect(self._urls[service], timeout=10, command_timeout=120)
        try:
            return list(await connection.fetch(question, *values))
        finally:
            await connection.close()

    async def run(self, service: str, statement: str) -> None:
        """Run a statement."""
        connection = await asyncpg.connect(self._urls[service], timeout=10, command_timeout=120)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def events_of(row: Any) -> Iterator[tuple[bytes, str, bytes]]:
    """Id, key and body of what waits as one row; written apart from the platform's own reader of packed rows."""
    if row["packed"] is None:
        yield row["event_id"].bytes, row["key"], row["body"] or b""
        return
    templates = [template.split(b"\0") for template in row["body"].split(b"\1")]
    packed, key_hole = io.BytesIO(row["packed"][1:]), row["packed"][0]
    while number := packed.read(1):
        event_id, (first, *others) = packed.read(16), templates[number[0]]
        found = [str(UUID(bytes=packed.read(16))) for _ in others]
        parts = [first, *(part for pair in zip(found, others, strict=True) for part in (pair[0].encode(), pair[1]))]
        yield event_id, found[key_hole], b"".join(parts)


def letters(mailbox: Path) -> Iterator[str]:
    """The message id of each letter in the mailbox."""
    for path in sorted(mailbox.glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)["message_id"]
