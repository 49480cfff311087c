"""What an operator does with parked events: look, replay in order, or drop with a reason.

Both writing acts take the key's lock, name who did it, and leave the row as a record of what happened.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from shared.database.database import Database, Transaction
from shared.messaging.consume import inbox
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.processor import Handlers, is_transient
from shared.messaging.crash import crash_point
from shared.messaging.envelope import Headers
from shared.messaging.outbox import Outbox, UnitOfWork
from shared.messaging.reasons import (
    EventsRejectedError,
    ParkCode,
    ParkReason,
    describe_exception,
)
from shared.messaging.record import body_hash

_LIST = """
SELECT position, topic, partition, kafka_offset, key, event_id, reason_code, reason, status, attempts, parked_at,
       resolved_at, resolved_by, resolution
FROM parked_event
WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR topic = $2) AND ($3::text IS NULL OR key = $3)
  AND position > $4
ORDER BY position LIMIT $5
"""
_LOCK_KEY = "SELECT 1 FROM parked_key WHERE topic = $1 AND key = $2 FOR UPDATE"
# In the order of delivery, which partition and offset do not tell after the number of partitions has changed.
_OPEN_OF_KEY = """
SELECT position, topic, partition, kafka_offset, record_key, event_id, headers::text AS headers, body FROM parked_event
WHERE status = 'parked' AND topic = $1 AND key = $2 ORDER BY position LIMIT 1
"""
_OPEN_ONE = """
SELECT position, topic, key, event_id, body, reason_code FROM parked_event
WHERE status = 'parked' AND position = $1 FOR UPDATE
"""
_RESOLVE = """
UPDATE parked_event SET status = $2, resolved_at = now(), resolved_by = $3, resolution = $4, attempts = attempts + 1
WHERE position = $1
"""
_STILL_BAD = "UPDATE parked_event SET attempts = attempts + 1, reason_code = $2, reason = $3 WHERE position = $1"
_UNBLOCK = """
DELETE FROM parked_key WHERE topic = $1 AND key = $2
  AND NOT EXISTS (SELECT 1 FROM parked_event WHERE status = 'parked' AND topic = $1 AND key = $2)
"""
_MARK_SEEN = "INSERT INTO inbox (event_id, body_hash) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_BLOCKED_KEYS = "SELECT topic, key FROM parked_key WHERE ($1::text IS NULL OR topic = $1) ORDER BY parked_since, key"


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


@dataclass(slots=True)
class ReplayResult:
    """How many events a replay applied, and where it stopped if one still fails."""

    replayed: int = 0
    stopped_at: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _StoredRecord:
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


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
            return [(row[0], row[1]) for row in await tx.fetch(_BLOCKED_KEYS, topic)]

    async def replay_key(self, topic: str, key: str, *, by: str, note: str) -> ReplayResult:
        """Apply the parked events of a key in order; stop at the first that still fails, keep those before it.

        ``by`` is who does it and ``note`` why, both kept for good. A failure that passes by itself is raised.
        """
        result = ReplayResult()
        while await self._replay_next(topic, key, by, note, result):
            pass
        return result

    async def _replay_next(self, topic: str, key: str, by: str, note: str, result: ReplayResult) -> bool:
        """Apply the oldest parked event of the key in a transaction of its own. False when there is nothing more."""
        position, event_id = 0, None
        failure: ParkReason | None = None
        try:
            async with self._outbox.unit_of_work() as work:
                await work.fetch(_LOCK_KEY, topic, key)
                rows = await work.fetch(_OPEN_OF_KEY, topic, key)
                if not rows:
                    await work.run(_UNBLOCK, topic, key)
                    return False
                position, event_id = rows[0]["position"], rows[0]["event_id"]
                failure = await self._apply(work, rows[0])
                if failure is None:
                    await work.run(_RESOLVE, position, "replayed", by, note)
                    await work.run(_UNBLOCK, topic, key)
                    crash_point("before_replay_commit")
            crash_point("after_replay_commit")
        except Exception as error:
            if position == 0 or is_transient(error):
                raise
            failure = _reason_of(error, event_id)
        if failure is None:
            result.replayed += 1
            return True
        async with self._database.transaction() as tx:
            await tx.run(_STILL_BAD, position, failure.code.value, failure.sentence)
        result.stopped_at, result.reason = position, failure.sentence
        return False

    async def _apply(self, work: UnitOfWork, row: asyncpg.Record) -> ParkReason | None:
        """Run one stored record through intake, inbox and handler. Gives why it cannot be applied, or None."""
        item = self._intake.read(_stored(row))
        if item.reason is not None:
            return item.reason
        entered = await inbox.enter(work, [item])
        if entered.conflicting:
            return ParkReason(ParkCode.ID_REUSED)
        for fresh in entered.fresh:
            if fresh.received is not None and fresh.event_type is not None:
                await self._handlers[fresh.event_type](work, [fresh.received])
        return None

    async def drop(self, position: int, *, by: str, note: str) -> None:
        """Give up one parked event for good; its id counts as seen, so a redelivery does not bring it back.

        Raises `NotParkedError` if it is not parked (any more). Events behind it stay parked until they are replayed.
        """
        async with self._database.transaction() as tx:
            key_of = await tx.fetch("SELECT topic, key FROM parked_event WHERE position = $1", position)
            if key_of and key_of[0]["key"] is not None:
                await tx.fetch(_LOCK_KEY, key_of[0]["topic"], key_of[0]["key"])
            rows = await tx.fetch(_OPEN_ONE, position)
            if not rows:
                raise NotParkedError(f"Event {position} is not parked; list the parked events again.")
            await self._drop_row(tx, rows[0], by, note)

    async def _drop_row(self, tx: Transaction, row: asyncpg.Record, by: str, note: str) -> None:
        # A readable event must not come back with a redelivery. An unreadable one cannot: its place in the log is
        # known. Its id stays free, so that the writer may send the mended event under it.
        if row["event_id"] is not None and row["reason_code"] in READABLE:
            await tx.run(_MARK_SEEN, row["event_id"], body_hash(row["topic"], row["body"]))
        await tx.run(_RESOLVE, row["position"], "dropped", by, note)
        if row["key"] is not None:
            await tx.run(_UNBLOCK, row["topic"], row["key"])


def _stored(row: asyncpg.Record) -> _StoredRecord:
    headers = [(name, None if value is None else base64.b64decode(value)) for name, value in json.loads(row["headers"])]
    return _StoredRecord(row["topic"], row["partition"], row["kafka_offset"], row["record_key"], row["body"], headers)


def _reason_of(error: Exception, event_id: UUID | None) -> ParkReason:
    if isinstance(error, EventsRejectedError) and event_id in error.details:
        return ParkReason(ParkCode.HANDLER_REFUSED, error.details[event_id])
    return ParkReason(ParkCode.HANDLER_FAILED, describe_exception(error))
