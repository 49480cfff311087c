"""Puts the same events before every contestant: some hundred keys, versions in order per key, bodies of 200 bytes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from benchmarks import library, plain
from benchmarks.floor import RELAY_COLUMNS, part_of
from benchmarks.world import WRITER, CounterMoved, World
from shared.database import Database
from shared.ids import RandomIds
from shared.messaging.envelope import OutboxRow
from shared.messaging.outbox import Outbox
from shared.messaging.publish.publisher import Publisher
from shared.messaging.tables import OUTBOX_CHANNEL

KEYS = 500
CHUNK_EVENTS = 5000
# Brings a body to about 200 bytes, the size of the programme's own events.
NOTE = "kontribusi bulan ini sudah dihitung dan menunggu pembayaran dari kas daerah kabupaten"


class History:
    """The events that one topic gets, over several fills: each key's versions go on where they stopped."""

    def __init__(self, world: World) -> None:
        self._moved = world.moved
        self._keys: list[UUID] = [uuid.uuid4() for _ in range(KEYS)]
        self._made = 0

    @property
    def made(self) -> int:
        """Events so far."""
        return self._made

    @property
    def expected(self) -> dict[str, int]:
        """The last version of each key."""
        rounds, rest = divmod(self._made, KEYS)
        return {str(key): rounds + (number < rest) for number, key in enumerate(self._keys) if rounds or number < rest}

    def chunks(self, events: int) -> Iterator[list[CounterMoved]]:
        """The next ``events`` events, in order, some thousand at a time."""
        end = self._made + events
        while self._made < end:
            numbers = range(self._made, min(end, self._made + CHUNK_EVENTS))
            yield [
                self._moved(
                    aggregate_version=number // KEYS + 1, counter_id=self._keys[number % KEYS], amount=1, note=NOTE
                )
                for number in numbers
            ]
            self._made = numbers.stop


async def fill_outbox(outbox: Outbox, history: History, events: int) -> float:
    """Emit ``events`` events, visible in one commit. Gives the moment just before the commit (`time.monotonic`)."""
    async with outbox.unit_of_work() as work:
        for chunk in history.chunks(events):
            work.emit_all(chunk)
            await work.flush()
        return time.monotonic()


async def fill_floor_table(database: Database, history: History, events: int) -> float:
    """The same for the raw relays."""
    ids, now = RandomIds(), datetime.now(UTC)
    async with database.transaction() as tx:
        for chunk in history.chunks(events):
            rows = [
                (part_of(event.key), ids.next(), event.TOPIC, 1, event.key, now, None, event.to_json_bytes())
                for event in chunk
            ]
            await tx.copy_rows("floor_outbox", RELAY_COLUMNS, rows)
        await tx.run("SELECT pg_notify($1, '')", OUTBOX_CHANNEL)
        return time.monotonic()


async def fill_plain_table(database: Database, history: History, events: int) -> float:
    """The same for plain code."""
    columns = ("event_id", "key", "body", "occurred_at", "published")
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        for chunk in history.chunks(events):
            rows = [(uuid.uuid4(), event.key, event.to_json_bytes().decode(), now, False) for event in chunk]
            await tx.copy_rows(plain.PlainOutbox.__tablename__, columns, rows)
        return time.monotonic()


async def fill_library_table(url: str, history: History, events: int) -> float:
    """The same for faststream-outbox, by its own ``publish_batch``."""
    bodies = [event.model_dump(mode="json") for chunk in history.chunks(events) for event in chunk]
    return await library.fill(url, bodies)


async def fill_topic(bootstrap: str, world: World, history: History, events: int) -> None:
    """Put ``events`` events into the topic, as our relay writes them."""
    publisher = Publisher(WRITER, world.producer(bootstrap))
    ids, now, position = RandomIds(), datetime.now(UTC), 0
    try:
        for chunk in history.chunks(events):
            rows: Sequence[OutboxRow] = [
                OutboxRow(0, position, ids.next(), event.TOPIC, 1, event.key, now, None, event.to_json_bytes())
                for event in chunk
            ]
            result = await publisher.publish(rows)
            if result.failure is not None:
                raise result.failure
    finally:
        await publisher.close()
