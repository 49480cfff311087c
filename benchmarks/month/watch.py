"""How far the month is, asked so that asking costs next to nothing: totals that the services keep, and offsets.

Nothing is counted while it runs. What a worker has done is what its group has committed to Kafka, which it does after
its database has.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import asyncpg
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from benchmarks.contestant import BenchError
from benchmarks.month.seed import database_url
from deploy.local.postgres import Databases
from shared.contracts.catalogue import CATALOGUE
from shared.periods import Month

DUE, PAID = "contribution.due", "contribution.paid"
STEPS: Final = ("assess", "due_in_cover", "bill", "confirm", "paid", "cover", "notices")
# The longer it takes, the less often it is asked: to half a hundredth of the time.
POLL_S: Final = 0.1
POLL_SHARE: Final = 0.005
LONGEST_POLL_S: Final = 0.5
STALL_S: Final = 90.0
_READERS: Final = (("enrolment", DUE), ("enrolment", PAID), ("notification", PAID))

# A row for each run, with what its bills and their disbursements say; all of these tables are small.
_RUNS = """
SELECT r.month_run_id, r.assessing, r.due_count,
    coalesce(sum(b.worker_count) FILTER (WHERE b.state NOT IN ('cut', 'requested', 'unknown', 'mismatch')), 0)::bigint
        AS billed,
    coalesce(bool_and(b.state NOT IN ('cut', 'requested', 'unknown', 'mismatch')), false) AS is_billed,
    coalesce(sum(d.paid_count), 0)::bigint AS paid,
    coalesce(sum((SELECT sum(f.rows) FROM exchange_file f WHERE f.reference_id = d.disbursement_id
        AND f.kind = 'confirmation' AND f.state IN ('paying', 'applied'))), 0)::bigint AS confirmed
FROM month_run r LEFT JOIN bill b USING (month_run_id) LEFT JOIN disbursement d USING (bill_id)
WHERE r.month_run_id = ANY ($1::uuid[]) GROUP BY r.month_run_id
"""
_COVER = "SELECT count(*) FROM cover_line WHERE month = $1 AND is_settled"
_DUE_LINES = "SELECT count(*) FROM cover_line WHERE month = $1 AND due_version IS NOT NULL"
_NOTICES = "SELECT count(*) FROM message WHERE purpose = 'paid' AND period = $1"


@dataclass(slots=True)
class Timing:
    """When a step was first seen at work, and when it was complete, in seconds since the month began."""

    began_s: float | None = None
    done_s: float | None = None


@dataclass
class Watcher:
    """Looks several times a second. Made by `watching`; `follow` watches one month."""

    databases: dict[str, asyncpg.Connection]
    admin: AIOKafkaAdminClient
    timings: dict[str, Timing] = field(default_factory=dict)
    _runs: dict[UUID, asyncpg.Record] = field(default_factory=dict)
    _before: dict[tuple[str, str], int] = field(default_factory=dict)
    _looked: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def reset(self) -> None:
        """A month begins: what groups have read so far does not count."""
        self.timings = {step: Timing() for step in STEPS}
        self._runs, self._before = {}, {}
        self._before = await self._read()

    async def follow(self, run_ids: Sequence[UUID], workers: int, began_at: float) -> None:
        """Look until ``workers`` are through every step. Raises BenchError when nothing moves any more."""
        known: dict[str, int] = {}
        moved_at = time.monotonic()
        while any(timing.done_s is None for timing in self.timings.values()):
            now = await self._progress(run_ids)
            at_s = time.monotonic() - began_at
            if now != known:
                known, moved_at = now, time.monotonic()
            elif time.monotonic() > moved_at + STALL_S:
                raise BenchError(f"Nothing has moved for {STALL_S:.0f} s: {now} of {workers} workers.")
            for step, timing in self.timings.items():
                if now[step] and timing.began_s is None:
                    timing.began_s = at_s
                if now[step] >= workers and timing.done_s is None:
                    timing.done_s = at_s
            async with self._looked:
                self._looked.notify_all()
            await asyncio.sleep(min(max(POLL_S, at_s * POLL_SHARE), LONGEST_POLL_S))

    async def until_assessed(self, run_id: UUID) -> None:
        """Wait until a run has looked at everybody; somebody else `follow`s."""
        await self._until(run_id, lambda run: run["due_count"] > 0 and not run["assessing"])

    async def until_billed(self, run_id: UUID) -> None:
        """Wait until BPJS has billed all of a run; somebody else `follow`s."""
        await self._until(run_id, lambda run: bool(run["is_billed"]))

    async def counts(self, month: Month) -> dict[str, int]:
        """What is really there of ``month``, counted row by row; for the end."""
        enrolment, notification = self.databases["enrolment"], self.databases["notification"]
        return {
            "due_in_cover": int(await enrolment.fetchval(_DUE_LINES, str(month))),
            "cover": int(await enrolment.fetchval(_COVER, str(month))),
            "notices": int(await notification.fetchval(_NOTICES, str(month))),
        }

    async def wal_bytes(self) -> int:
        """How much the server has written ahead since it was made."""
        return int(await self.databases["subsidy"].fetchval("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"))

    async def _until(self, run_id: UUID, is_so: Callable[[asyncpg.Record], bool]) -> None:
        async with self._looked:
            await self._looked.wait_for(lambda: run_id in self._runs and is_so(self._runs[run_id]))

    async def _progress(self, run_ids: Sequence[UUID]) -> dict[str, int]:
        """Workers through each step, of `STEPS`."""
        rows = await self.databases["subsidy"].fetch(_RUNS, run_ids)
        self._runs = {row["month_run_id"]: row for row in rows}
        read = await self._read()
        return {
            "assess": sum(row["due_count"] for row in rows),
            "due_in_cover": read["enrolment", DUE],
            "bill": sum(row["billed"] for row in rows),
            "confirm": sum(row["confirmed"] for row in rows),
            "paid": sum(row["paid"] for row in rows),
            "cover": read["enrolment", PAID],
            "notices": read["notification", PAID],
        }

    async def _read(self) -> dict[tuple[str, str], int]:
        """Events that each group is through with, since `reset`."""
        read: dict[tuple[str, str], int] = {}
        for group in ("enrolment", "notification"):
            topics = [topic for reader, topic in _READERS if reader == group]
            places = [TopicPartition(name, at) for name in topics for at in range(CATALOGUE.topic(name).partitions)]
            found = await self.admin.list_consumer_group_offsets(group, partitions=places)
            for topic in topics:
                offsets = [max(0, at.offset) for place, at in found.items() if place.topic == topic]
                read[group, topic] = sum(offsets) - self._before.get((group, topic), 0)
        return read


@contextlib.asynccontextmanager
async def watching(databases: Databases, bootstrap: str) -> AsyncIterator[Watcher]:
    """A watcher with connections of its own."""
    opened = {
        name: await asyncpg.connect(database_url(databases, name)) for name in ("subsidy", "enrolment", "notification")
    }
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield Watcher(opened, admin)
    finally:
        await admin.close()
        for connection in opened.values():
            await connection.close()
