"""Keeps the kit's own tables small, in the role `jobs`. Several at once do no harm: each step deletes what is old."""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from shared.clock import Clock
from shared.database import Database
from shared.http.idempotency_table import purge_answers
from shared.messaging.retention import RetentionSettings, purge

log = structlog.get_logger(__name__)

PERIOD_S = 3600.0
FIRST_AFTER_S = 60.0
ROWS_PER_STEP = 10_000


async def tidy_up(database: Database, clock: Clock, retention: RetentionSettings) -> int:
    """Delete old inbox entries, settled parked events and answered commands; gives how many rows went."""
    purged = await purge(database, retention)
    rows = purged.inbox + purged.parked
    while True:
        async with database.transaction() as tx:
            deleted = await purge_answers(tx, now=clock.now(), limit=ROWS_PER_STEP)
        rows += deleted
        if deleted < ROWS_PER_STEP:
            return rows


class Housekeeping:
    """Tidies up once an hour. A failure is logged and tried again an hour later: nothing depends on it."""

    name = "housekeeping"

    def __init__(self, database: Database, clock: Clock, retention: RetentionSettings | None = None) -> None:
        self._database = database
        self._clock = clock
        self._retention = retention or RetentionSettings()

    async def run(self, stop: asyncio.Event) -> None:
        """Tidy up until ``stop`` is set."""
        pause_s = FIRST_AFTER_S
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await stop.wait()
                return
            pause_s = PERIOD_S
            try:
                rows = await tidy_up(self._database, self._clock, self._retention)
                log.info("tidied_up", rows=rows)
            except Exception as error:  # it can wait for the next hour
                log.warning("tidying_up_failed", exc_info=error)
