"""The checks of a service's own database, outbox, consumer and parked events.

Each sets its metric as well, so a scrape shows what the last look has seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from shared.database import Database
from shared.database.failures import reason_of, sqlstate_of
from shared.health import Measurement, Status, within
from shared.messaging.publish.relay import RelayStatus
from shared.messaging.tables import SLOT_COUNT
from shared.service.kafka_watch import KafkaWatch
from shared.telemetry import metrics

# The head of each slot is its oldest row, and finding it takes one step in the primary key.
_OLDEST = f"""
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(head.recorded_at)), 0)::float8
FROM generate_series(0, {SLOT_COUNT - 1}) AS held(slot)
CROSS JOIN LATERAL (
    SELECT recorded_at FROM outbox WHERE outbox.slot = held.slot ORDER BY position LIMIT 1
) AS head
"""  # noqa: S608 - a number of ours
_DEPTH_COUNTED = 10_000
_DEPTH = f"SELECT coalesce(sum(events), 0) FROM (SELECT events FROM outbox LIMIT {_DEPTH_COUNTED}) AS counted"  # noqa: S608
_DEPTH_ESTIMATE = "SELECT coalesce(n_live_tup, 0) FROM pg_stat_user_tables WHERE relid = to_regclass('outbox')"
_PARKED_COUNTED = 100_000
_PARKED = (
    f"SELECT count(*) FROM (SELECT 1 FROM parked_event WHERE status = 'parked' LIMIT {_PARKED_COUNTED}) AS counted"  # noqa: S608
)


_REPLICA = "it is a replica that nobody has promoted"
_SETTING = "default_transaction_read_only is on"


class DatabaseProbe:
    """Does the service's own database answer, and does it take writes?"""

    name = "database"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def measure(self) -> Measurement:
        """The time of a round trip, in milliseconds."""
        started = time.perf_counter()
        try:
            state = await self._database.takes_writes()
        except Exception as error:
            if not (reason := reason_of(error)):
                raise
            return Measurement(Status.FAILED, advice=f"PostgreSQL refuses ({sqlstate_of(error)}): {reason}.")
        if state.is_read_only:
            advice = (
                f"The database is read-only: {_REPLICA if state.is_replica else _SETTING}. Reads go on, writes wait or "
                "are answered with 503. Have a primary answer at its address; this process then writes by itself."
            )
            return Measurement(Status.FAILED, advice=advice)
        return Measurement(Status.OK, round((time.perf_counter() - started) * 1000, 3), "ms")


class OutboxProbe:
    """How long the oldest event has waited for Kafka. ``fails`` in the relay's process; elsewhere only a warning."""

    name = "outbox_age"

    def __init__(self, database: Database, limit_s: float, *, fails: bool) -> None:
        self._database = database
        self._limit_s = limit_s
        self._fails = fails

    async def measure(self) -> Measurement:
        """Its age in seconds."""
        async with self._database.transaction() as tx:
            age_s = float(await tx.fetch_value(_OLDEST))
            depth = int(await tx.fetch_value(_DEPTH))
            if depth >= _DEPTH_COUNTED:
                depth = max(depth, int(await tx.fetch_value(_DEPTH_ESTIMATE) or 0))
        metrics.OUTBOX_AGE.set(age_s)
        metrics.OUTBOX_DEPTH.set(depth)
        advice = f"{depth} events wait for Kafka. Look whether relays run and Kafka answers; scale relays by this age."
        measured = within(age_s, self._limit_s, "s", advice)
        if measured.status is Status.FAILED and not self._fails:
            return Measurement(Status.WARNING, measured.figure, "s", advice)
        return measured


class RelayProbe:
    """Does this relay get rounds done? One that owns slots and does not is stuck."""

    name = "relay_rounds"

    def __init__(self, status: RelayStatus, limit_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._status = status
        self._limit_s = limit_s
        self._monotonic = monotonic
        self._began_s = monotonic()

    async def measure(self) -> Measurement:
        """Seconds since the last round that succeeded, an empty one included."""
        since_s = self._monotonic() - max(self._status.last_success_monotonic_s, self._began_s)
        advice = "This relay has not finished a round; read relay_publish_failed and relay_session_lost in the log."
        return within(since_s, self._limit_s, "s", advice, restart_helps=True)


class LagProbe:
    """How long the oldest unfinished event of the service has been in Kafka: the figure to scale workers by."""

    name = "lag_age"

    def __init__(self, watch: KafkaWatch, limit_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._watch = watch
        self._limit_s = limit_s
        self._monotonic = monotonic

    async def measure(self) -> Measurement:
        """Its age in seconds, as far back as this process has looked."""
        now_s = self._monotonic()
        tracks = self._watch.tracks.values()
        age_s = max((track.age_s(now_s) for track in tracks), default=0.0)
        metrics.CONSUMER_LAG_AGE.set(age_s)
        lag = sum(track.lag for track in tracks)
        advice = f"{lag} events wait. Start more workers, or look for batch_retried and slow handlers in this one."
        return within(age_s, self._limit_s, "s", advice)


@dataclass(frozen=True, slots=True)
class CommitProbe:
    """Does this worker commit while there is lag? The check that sees a consumer which is connected and stuck.

    ``owned`` gives the partitions of this worker.
    """

    watch: KafkaWatch
    limit_s: float
    owned: Callable[[], set[tuple[str, int]]]
    monotonic: Callable[[], float] = time.monotonic

    @property
    def name(self) -> str:
        """The check's name."""
        return "commit_age"

    async def measure(self) -> Measurement:
        """Seconds that a partition with lag has not moved: of our own ones, or of all if none moves anywhere."""
        now_s = self.monotonic()
        still = {place: track.still_s(now_s) for place, track in self.watch.tracks.items() if track.lag}
        if not still:
            metrics.COMMIT_AGE.set(0)
            return Measurement(Status.OK, 0.0, "s")
        owned = self.owned()
        own = [seconds for place, seconds in still.items() if place in owned]
        # Without partitions of our own we are to blame only if nobody else gets on either.
        figure_s = max(own) if own else min(still.values())
        metrics.COMMIT_AGE.set(figure_s)
        advice = (
            "There are events and none gets finished. Look for batch_retried in the log; if it is not there, restart "
            "this process (the watchdog will)."
        )
        return within(figure_s, self.limit_s, "s", advice, restart_helps=True)


class ParkedProbe:
    """How many events wait for an operator: never a failure of the process, always worth a look."""

    name = "parked"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def measure(self) -> Measurement:
        """Their number."""
        async with self._database.transaction() as tx:
            parked = int(await tx.fetch_value(_PARKED))
        metrics.PARKED_NOW.set(parked)
        if parked:
            advice = "Events are parked. See them with `payung parked list`, mend the cause, then replay or drop them."
            return Measurement(Status.WARNING, parked, "events", advice)
        return Measurement(Status.OK, 0, "events")
