"""Applies parked events again: first those that hold their key, in order, then the records that hold nobody.

Each in a transaction of its own under the lock of its key. One that still cannot be applied gets the reason of today,
which may be another than when it was parked: then its key is held, or free, accordingly.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from shared.contracts.base import Event
from shared.database.database import Transaction
from shared.messaging.consume import inbox
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.parking import BLOCK_KEYS, HOLDING_CODES
from shared.messaging.consume.processor import Handler, handle, is_transient
from shared.messaging.crash import crash_point
from shared.messaging.envelope import Headers
from shared.messaging.outbox import Outbox, UnitOfWork
from shared.messaging.reasons import EventsRejectedError, ParkCode, ParkReason, describe_exception

LOCK_KEY = "SELECT 1 FROM parked_key WHERE topic = $1 AND key = $2 FOR UPDATE"
UNBLOCK = """
DELETE FROM parked_key WHERE topic = $1 AND key = $2 AND NOT EXISTS (
    SELECT 1 FROM parked_event WHERE status = 'parked' AND topic = $1 AND key = $2 AND reason_code = ANY ($3::text[])
)
"""
RESOLVE = """
UPDATE parked_event SET status = $2, resolved_at = now(), resolved_by = $3, resolution = $4, attempts = attempts + 1
WHERE position = $1
"""
# In the order of delivery, which partition and offset do not tell after the number of partitions has changed.
_NEXT_OF_KEY = """
SELECT position, topic, partition, kafka_offset, record_key, event_id, headers::text AS headers, body FROM parked_event
WHERE status = 'parked' AND topic = $1 AND key = $2 AND position > $3 AND (reason_code = ANY ($4::text[])) = $5
ORDER BY position LIMIT 1 FOR UPDATE
"""
_STILL_BAD = """
UPDATE parked_event SET attempts = attempts + 1, reason_code = $2, reason = $3
WHERE position = $1 AND status = 'parked'
"""


@dataclass(slots=True)
class ReplayResult:
    """How many events a replay applied, and where it stopped if one still fails.

    ``refused`` are records that hold nobody and cannot be applied today either: why, by their number.
    """

    replayed: int = 0
    stopped_at: int | None = None
    reason: str | None = None
    refused: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _StoredRecord:
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Replay:
    """One replay of the parked events of one key, ``by`` somebody for the reason in ``note``, both kept for good."""

    def __init__(
        self, outbox: Outbox, intake: Intake, handlers: Mapping[type[Event], Handler], by: str, note: str
    ) -> None:
        self._outbox = outbox
        self._intake = intake
        self._handlers = handlers
        self._by = by
        self._note = note
        self.result = ReplayResult()

    async def run(self, topic: str, key: str) -> ReplayResult:
        """Apply what can be applied; stop at the first event that holds the key and still fails, keep those before it.

        A failure that passes by itself is raised.
        """
        for holding in (True, False):
            position: int | None = 0
            while position is not None and self.result.stopped_at is None:
                # What holds the key is asked for from the start each time: it is settled, or holds nothing any more.
                position = await self._next(topic, key, 0 if holding else position, holding)
        return self.result

    async def _next(self, topic: str, key: str, after: int, holding: bool) -> int | None:
        """Treat the oldest open record of the key after ``after``. Gives its position, None when there is none."""
        position, event_id = None, None
        failure: ParkReason | None = None
        try:
            async with self._outbox.unit_of_work() as uow:
                await uow.fetch(LOCK_KEY, topic, key)
                rows = await uow.fetch(_NEXT_OF_KEY, topic, key, after, HOLDING_CODES, holding)
                if not rows:
                    await uow.run(UNBLOCK, topic, key, HOLDING_CODES)
                    return None
                position, event_id = int(rows[0]["position"]), rows[0]["event_id"]
                if not holding and position in self.result.refused:  # when the key was still held by it
                    return position
                failure = await self._apply(uow, rows[0])
                if failure is None:
                    await uow.run(RESOLVE, position, "replayed", self._by, self._note)
                    await uow.run(UNBLOCK, topic, key, HOLDING_CODES)
                    crash_point("before_replay_commit")
            crash_point("after_replay_commit")
        except Exception as error:
            if position is None or is_transient(error):
                raise
            failure = _reason_of(error, event_id)
        if failure is None:
            self.result.replayed += 1
            return position
        async with self._outbox.database.transaction() as tx:
            await self._keep(tx, topic, key, position, failure)
        return position

    async def _apply(self, uow: UnitOfWork, row: asyncpg.Record) -> ParkReason | None:
        """Run one stored record through intake, inbox and handler. Gives why it cannot be applied, or None."""
        batch = self._intake.read([_stored(row)])
        if batch.parkables:
            return batch.parkables[0].reason
        entered = await inbox.enter(uow, batch.groups)
        if entered.conflicting:
            return ParkReason(ParkCode.ID_REUSED)
        await handle(uow, self._handlers, entered.fresh)
        return None

    async def _keep(self, tx: Transaction, topic: str, key: str, position: int, failure: ParkReason) -> None:
        """Leave the record parked, for the reason of today."""
        await tx.fetch(LOCK_KEY, topic, key)
        await tx.run(_STILL_BAD, position, failure.code.value, failure.sentence)
        if failure.holds_key:
            await tx.run(BLOCK_KEYS, [topic], [key])
            self.result.stopped_at, self.result.reason = position, failure.sentence
        else:
            await tx.run(UNBLOCK, topic, key, HOLDING_CODES)
            self.result.refused[position] = failure.sentence


def _stored(row: asyncpg.Record) -> _StoredRecord:
    headers = [(name, None if value is None else base64.b64decode(value)) for name, value in json.loads(row["headers"])]
    return _StoredRecord(row["topic"], row["partition"], row["kafka_offset"], row["record_key"], row["body"], headers)


def _reason_of(error: Exception, event_id: UUID | None) -> ParkReason:
    if isinstance(error, EventsRejectedError) and event_id in error.details:
        return ParkReason(ParkCode.HANDLER_REFUSED, error.details[event_id])
    return ParkReason(ParkCode.HANDLER_FAILED, describe_exception(error))
