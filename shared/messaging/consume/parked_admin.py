"""What an operator does with parked events: look, replay in order, or drop with a reason.

Both writing acts take the key's lock, name who did it, and leave the row as a record of what happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from shared.database.database import Database, Transaction
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.parking import HOLDING_CODES
from shared.messaging.consume.processor import Handlers
from shared.messaging.consume.replay import LOCK_KEY, RESOLVE, UNBLOCK, Replay, ReplayResult
from shared.messaging.outbox import Outbox
from shared.messaging.reasons import HOLDING, ParkCode
from shared.messaging.record import body_hash

_LIST = """
SELECT position, topic, partition, kafka_offset, key, event_id, reason_code, reason, status, attempts, parked_at,
       resolved_at, resolved_by, resolution
FROM parked_event
WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR topic = $2) AND ($3::text IS NULL OR key = $3)
  AND position > $4
ORDER BY position LIMIT $5
"""
_OPEN_ONE = """
SELECT position, topic, key, event_id, body, reason_code FROM parked_event
WHERE status = 'parked' AND position = $1 FOR UPDATE
"""
_MARK_SEEN = "INSERT INTO inbox (event_id, body_hash) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_BLOCKED_KEYS = """
SELECT topic, key FROM parked_key
WHERE ($1::text IS NULL OR topic = $1) AND EXISTS (
    SELECT FROM parked_event open
    WHERE open.status = 'parked' AND open.topic = parked_key.topic AND open.key = parked_key.key
      AND open.reason_code = ANY ($2::text[])
)
ORDER BY parked_since, key
"""
_KEYS_WITH_PARKED = """
SELECT topic, key FROM parked_event
WHERE status = 'parked' AND key IS NOT NULL AND ($1::text IS NULL OR topic = $1)
GROUP BY topic, key ORDER BY min(position)
"""


# Events that are whole, or will be when the program or the clock has caught up.
READABLE = frozenset(
    {
        ParkCode.HANDLER_REFUSED,
        ParkCode.HANDLER_FAILED,
        ParkCode.FOLLOWS_PARKED,
        ParkCode.VERSION_UNKNOWN,
        ParkCode.TIME_IN_FUTURE,
    }
)


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """One parked event as an operator sees it; the body stays in the database."""

    position: int
    topic: str
    partition: int
    kafka_offset: int
    key: str | None
    event_id: UUID | None
    reason_code: str
    reason: str
    status: str
    attempts: int
    parked_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None

    @property
    def holds_key(self) -> bool:
        """Whether later events of its key wait for what becomes of it."""
        return self.status == "parked" and self.key is not None and self.reason_code in HOLDING


class NotParkedError(Exception):
    """There is no such parked event (any more); list again."""


class ParkedEvents:
    """The parked events of one service."""

    def __init__(self, database: Database, outbox: Outbox, intake: Intake, handlers: Handlers) -> None:
        self._database = database
        self._outbox = outbox
        self._intake = intake
        self._handlers = dict(handlers)

    async def list_events(
        self,
        *,
        status: str | None = "parked",
        topic: str | None = None,
        key: str | None = None,
        after_position: int = 0,
        limit: int = 100,
    ) -> list[ParkedEvent]:
        """Parked events in order of parking, ``limit`` at most, after ``after_position``. ``status`` None is all."""
        async with self._database.transaction() as tx:
            rows = await tx.fetch(_LIST, status, topic, key, after_position, limit)
        return [ParkedEvent(*row) for row in rows]

    async def blocked_keys(self, topic: str | None = None) -> list[tuple[str, str]]:
        """Topics and keys that wait, the longest waiting first."""
        async with self._database.transaction() as tx:
            return [(row[0], row[1]) for row in await tx.fetch(_BLOCKED_KEYS, topic, HOLDING_CODES)]

    async def keys_with_parked(self, topic: str | None = None) -> list[tuple[str, str]]:
        """Topics and keys of all that is parked, also of what holds nobody; the longest parked first."""
        async with self._database.transaction() as tx:
            return [(row[0], row[1]) for row in await tx.fetch(_KEYS_WITH_PARKED, topic)]

    async def replay_key(self, topic: str, key: str, *, by: str, note: str) -> ReplayResult:
        """Apply the parked events of a key in order; stop at the first that still fails, keep those before it.

        Records that hold nobody are tried last and stop nothing. ``by`` is who does it and ``note`` why, both kept for
        good. A failure that passes by itself is raised.
        """
        return await Replay(self._outbox, self._intake, self._handlers, by, note).run(topic, key)

    async def drop(self, position: int, *, by: str, note: str) -> None:
        """Give up one parked event for good; its id counts as seen, so a redelivery does not bring it back.

        Raises `NotParkedError` if it is not parked (any more). Events behind it stay parked until they are replayed.
        """
        async with self._database.transaction() as tx:
            key_of = await tx.fetch("SELECT topic, key FROM parked_event WHERE position = $1", position)
            if key_of and key_of[0]["key"] is not None:
                await tx.fetch(LOCK_KEY, key_of[0]["topic"], key_of[0]["key"])
            rows = await tx.fetch(_OPEN_ONE, position)
            if not rows:
                raise NotParkedError(f"Event {position} is not parked; list the parked events again.")
            await self._drop_row(tx, rows[0], by, note)

    async def _drop_row(self, tx: Transaction, row: asyncpg.Record, by: str, note: str) -> None:
        # A readable event must not come back with a redelivery. An unreadable one cannot: its place in the log is
        # known. Its id stays free, so that the writer may send the mended event under it.
        if row["event_id"] is not None and row["reason_code"] in READABLE:
            await tx.run(_MARK_SEEN, row["event_id"], body_hash(row["topic"], row["body"]))
        await tx.run(RESOLVE, row["position"], "dropped", by, note)
        if row["key"] is not None:
            await tx.run(UNBLOCK, row["topic"], row["key"], HOLDING_CODES)
