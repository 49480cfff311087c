"""Carries committed events from the outbox to Kafka: at least once, in commit order per key, by any number of relays.

A round: read the head of each held slot, send, wait for Kafka's confirmation, delete what is confirmed. The session
that holds the slots' locks also reads and deletes, so a relay that has lost its locks cannot touch a row any more.
On any doubt rows stay and are sent again: repeats are legal, another order is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import structlog

from shared.database.database import Database
from shared.database.failures import FailureKind, classify_failure
from shared.database.read_only import check_takes_writes
from shared.messaging.columnar.packed_outbox import unpack
from shared.messaging.crash import crash_point
from shared.messaging.envelope import OutboxRow
from shared.messaging.patience import longer_delay_s
from shared.messaging.publish.publisher import ProducerSettings, Publisher
from shared.messaging.slots import SlotOwner
from shared.messaging.tables import OUTBOX_CHANNEL

log = structlog.get_logger(__name__)

# A session whose peer has vanished frees its locks after about 25 s instead of PostgreSQL's two hours. Keepalives rest
# while something waits to be acknowledged, such as a notification to that peer: for that there is the user time-out.
_KEEPALIVE = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
# The head of the queue is always read through its primary key, whatever the statistics of a table say that is empty
# one moment and holds a million rows the next.
_PLAN = {
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_sort": "off",
    "plan_cache_mode": "force_generic_plan",
}

_READ = """
SELECT head.slot, head.position, head.event_id, head.topic, head.schema_version, head.key, head.occurred_at,
       head.traceparent, head.body, head.packed
FROM unnest($1::smallint[]) AS held(slot)
CROSS JOIN LATERAL (
    SELECT *, sum(events) OVER upto AS events_upto, sum(coalesce(packed_bytes, octet_length(body))) OVER upto AS bytes
    FROM outbox
    WHERE outbox.slot = held.slot AND outbox.topic <> ALL ($3::text[])
    WINDOW upto AS (ORDER BY outbox.slot, outbox.position ROWS UNBOUNDED PRECEDING)
    ORDER BY outbox.slot, outbox.position LIMIT $2
) AS head
WHERE coalesce(head.bytes - coalesce(head.packed_bytes, octet_length(head.body), 0), 0) < $4
  AND head.events_upto - head.events < $2
"""

_DELETE = """
DELETE FROM outbox USING unnest($1::smallint[], $2::bigint[]) AS confirmed(slot, position)
WHERE outbox.slot = confirmed.slot AND outbox.position = confirmed.position
"""


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """How much a relay takes at once and how long it rests."""

    batch_rows: int = 4000
    poll_interval_s: float = 0.5
    rebalance_interval_s: float = 1.0
    retry_delay_s: float = 0.5
    retry_delay_max_s: float = 10.0
    # Read at once, about: a few thousand events of the largest kind would be a gigabyte.
    round_bytes: int = 32 * 1024 * 1024
    # A topic that Kafka does not know or take is left alone this long, while the others flow on.
    unreachable_topic_pause_s: float = 10.0


@dataclass(slots=True)
class RelayStatus:
    """Figures for health and metrics."""

    published: int = 0
    rounds: int = 0
    failures: int = 0
    held_slots: int = 0
    last_success_monotonic_s: float = 0.0


class Relay:
    """One relay of one service. Run as many as wanted; they share the slots evenly."""

    def __init__(
        self,
        database: Database,
        service: str,
        producer: ProducerSettings,
        settings: RelaySettings | None = None,
    ) -> None:
        self._database = database
        self._settings = settings or RelaySettings()
        self._publisher = Publisher(service, producer)
        self._wake = asyncio.Event()
        self._unreachable: dict[str, float] = {}
        # Of packed rows (by slot and position) that Kafka has confirmed in part, the events that need not go again.
        self._confirmed: dict[tuple[int, int], set[UUID]] = {}
        self.status = RelayStatus()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set. Failures of Kafka or the database are waited out; others are raised."""
        delay_s = self._settings.retry_delay_s
        try:
            while not stop.is_set():
                try:
                    await self._run_session(stop)
                    delay_s = self._settings.retry_delay_s
                except Exception as error:
                    if classify_failure(error) is not FailureKind.TRANSIENT:
                        raise
                    self.status.failures += 1
                    self.status.held_slots = 0
                    log.warning("relay_session_lost", error_type=type(error).__name__, retry_in_s=delay_s)
                    await _wait(stop, delay_s)
                    delay_s = longer_delay_s(delay_s, error, self._settings.retry_delay_max_s)
        finally:
            await self._publisher.close()

    async def _run_session(self, stop: asyncio.Event) -> None:
        connection = await self._database.dedicated_connection({**_KEEPALIVE, **_PLAN})
        watcher = asyncio.create_task(_set_when(stop, self._wake))
        try:
            check_takes_writes(connection)
            await connection.add_listener(OUTBOX_CHANNEL, self._on_notify)
            slots = SlotOwner(connection)
            self._confirmed.clear()  # whether that session has deleted them is not known
            await slots.join()
            await self._rounds(connection, slots, stop)
            await slots.leave()
        finally:
            watcher.cancel()
            with contextlib.suppress(Exception):
                await connection.close(timeout=2)
            if not connection.is_closed():
                connection.terminate()

    async def _rounds(self, connection: asyncpg.Connection, slots: SlotOwner, stop: asyncio.Event) -> None:
        next_rebalance = 0.0
        delay_s = self._settings.retry_delay_s
        while not stop.is_set():
            if time.monotonic() >= next_rebalance:
                if await slots.rebalance():
                    self._confirmed.clear()
                    log.info("relay_slots_changed", held_slots=len(slots.slots))
                self.status.held_slots = len(slots.slots)
                next_rebalance = time.monotonic() + self._settings.rebalance_interval_s
            self._wake.clear()
            outcome = await self.run_round(connection, slots.slots)
            if outcome is None:
                await _wait(stop, delay_s)
                delay_s = min(delay_s * 2, self._settings.retry_delay_max_s)
            else:
                delay_s = self._settings.retry_delay_s
                if outcome == 0:
                    await _wait(self._wake, self._settings.poll_interval_s)

    async def run_round(self, connection: asyncpg.Connection, slots: Sequence[int]) -> int | None:
        """Publish the head of ``slots`` once. Gives how many rows were confirmed, or None after a failure of Kafka."""
        rows = await self._read(connection, slots)
        check_takes_writes(connection)  # else what is published could not be deleted, and would go again each round
        if not rows:
            self.status.last_success_monotonic_s = time.monotonic()
            return 0
        crash_point("before_produce")
        result = await self._publisher.publish(rows)
        crash_point("after_produce")
        if finished := self._finished(rows, result.confirmed):
            await connection.execute(_DELETE, [slot for slot, _ in finished], [position for _, position in finished])
            crash_point("after_outbox_delete")
        self.status.rounds += 1
        self.status.published += len(result.confirmed)
        for topic, error_type in result.unreachable_topics.items():
            self._unreachable[topic] = time.monotonic() + self._settings.unreachable_topic_pause_s
            log.error("relay_topic_unreachable", topic=topic, error_type=error_type)
        if result.failure is not None:
            self.status.failures += 1
            log.warning("relay_publish_failed", error_type=type(result.failure).__name__)
            return None
        self.status.last_success_monotonic_s = time.monotonic()
        return len(result.confirmed)

    async def _read(self, connection: asyncpg.Connection, slots: Sequence[int]) -> list[OutboxRow]:
        if not slots:
            return []
        now = time.monotonic()
        self._unreachable = {topic: until for topic, until in self._unreachable.items() if until > now}
        per_slot = max(1, self._settings.batch_rows // len(slots)) + self._confirmed_of_a_slot()
        slot_bytes = max(1, self._settings.round_bytes // len(slots))
        records = await connection.fetch(_READ, list(slots), per_slot, list(self._unreachable), slot_bytes)
        rows: list[OutboxRow] = []
        for *values, packed in records:
            row = OutboxRow._make(values)
            if packed is None:
                rows.append(row)
            else:
                rows += unpack(row, packed, self._confirmed.get((row.slot, row.position), ()))
        return rows

    def _confirmed_of_a_slot(self) -> int:
        """The most that waits in one slot for the rest of its packed row: what is behind them is still read."""
        counts: Counter[int] = Counter()
        for (slot, _), ids in self._confirmed.items():
            counts[slot] += len(ids)
        return max(counts.values(), default=0)

    def _finished(self, sent: Sequence[OutboxRow], confirmed: Sequence[OutboxRow]) -> list[tuple[int, int]]:
        """The rows of the outbox of which everything is confirmed. What is confirmed of the others is remembered."""
        places = dict.fromkeys([row[:2] for row in confirmed])
        if len(confirmed) < len(sent):
            ids = {row.event_id for row in confirmed}
            unfinished = {row[:2] for row in sent if row.event_id not in ids}
            for row in confirmed:
                if (place := row[:2]) in unfinished:
                    places.pop(place, None)
                    self._confirmed.setdefault(place, set()).add(row.event_id)
        if self._confirmed:
            for place in places:
                self._confirmed.pop(place, None)
        return list(places)

    def _on_notify(self, *_: object) -> None:
        self._wake.set()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def _set_when(source: asyncio.Event, target: asyncio.Event) -> None:
    await source.wait()
    target.set()
