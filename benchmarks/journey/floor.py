"""The same journey by raw clients without any rule: a person and three events in one commit, relayed, read, one row.

No HTTP, no check, no key, no seal, no inbox: what PostgreSQL's commits, its notifications and Kafka take by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import uuid_utils
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks.contestant import BenchError
from shared.ids import fast_uuid

_TABLES: Final = """
CREATE TABLE floor_person (person_id uuid PRIMARY KEY, token bytea NOT NULL UNIQUE, profile bytea NOT NULL);
CREATE TABLE floor_outbox (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key uuid, body bytea);
CREATE FUNCTION floor_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('floor', ''); RETURN NULL; END $$;
CREATE TRIGGER floor_notify AFTER INSERT ON floor_outbox FOR EACH STATEMENT EXECUTE FUNCTION floor_notify();
CREATE TABLE floor_message (recipient_id uuid PRIMARY KEY, body bytea)
"""
_REGISTER: Final = """
WITH person AS (INSERT INTO floor_person (person_id, token, profile) VALUES ($1, $2, $3))
INSERT INTO floor_outbox (key, body) SELECT $1, body FROM unnest($4::bytea[]) body
"""
_MESSAGES: Final = "INSERT INTO floor_message SELECT * FROM unnest($1::uuid[], $2::bytea[]) ON CONFLICT DO NOTHING"
_DELETE: Final = "DELETE FROM floor_outbox WHERE position = ANY ($1::bigint[])"
_POOL: Final = 16


class Floor:
    """Registers people; ``seen`` says when each one's message was committed. Made by `floor`."""

    def __init__(self, pool: asyncpg.Pool, url: str, bootstrap: str, topic: str) -> None:
        self._pool = pool
        self._url = url
        self._bootstrap = bootstrap
        self._topic = topic
        self._wake = asyncio.Event()
        self.seen: dict[UUID, float] = {}

    async def register(self, body: bytes) -> bytes:
        """One person in one transaction; the answer looks like ours."""
        person = fast_uuid(uuid_utils.uuid7().bytes)
        async with self._pool.acquire() as connection:
            await connection.execute(_REGISTER, person, uuid4().bytes + body[:19], body, [body] * 3)
        return json.dumps({"worker_id": str(person)}).encode()

    async def relay(self) -> None:
        """Send what is committed, for ever."""
        producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, acks="all", compression_type="lz4")
        await producer.start()
        connection = await asyncpg.connect(self._url)
        await connection.add_listener("floor", lambda *_: self._wake.set())
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while rows := await connection.fetch("SELECT * FROM floor_outbox ORDER BY position LIMIT 4000"):
                    sent = [await producer.send(self._topic, row["body"], key=row["key"].bytes) for row in rows]
                    await asyncio.gather(*sent)
                    # Not "up to the last one": a lower position may be committed later.
                    await connection.execute(_DELETE, [row["position"] for row in rows])
        finally:
            await producer.stop()
            await connection.close()

    async def read(self) -> None:
        """Store a message for each person, for ever."""
        consumer = AIOKafkaConsumer(
            self._topic, bootstrap_servers=self._bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            while True:
                taken = await consumer.getmany(timeout_ms=100)
                found = {UUID(bytes=one.key): one.value for records in taken.values() for one in records}
                new = [person for person in found if person not in self.seen]
                if new:
                    async with self._pool.acquire() as connection:
                        await connection.execute(_MESSAGES, new, [found[person] for person in new])
                    at_s = time.monotonic()
                    self.seen.update(dict.fromkeys(new, at_s))
        finally:
            await consumer.stop()


@contextlib.asynccontextmanager
async def floor(url: str, bootstrap: str, topic: str) -> AsyncIterator[Floor]:
    """Raw clients on a fresh database and an empty topic."""
    async with asyncpg.create_pool(url, min_size=_POOL, max_size=_POOL + 2) as pool:
        await pool.execute(_TABLES)
        made = Floor(pool, url, bootstrap, topic)
        working = [asyncio.create_task(made.relay()), asyncio.create_task(made.read())]
        try:
            yield made
        finally:
            for task in working:
                task.cancel()
            for ended in await asyncio.gather(*working, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise BenchError(f"The floor has failed: {ended}") from ended
