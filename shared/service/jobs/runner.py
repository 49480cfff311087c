"""Runs due jobs: any number of runners share the work, each period is done by one of them, once, and in order.

A period runs in one transaction with its mark, under the job's advisory lock. So a runner that dies leaves nothing
half done, and one that comes late finds the mark.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from shared.clock import Clock
from shared.database.failures import lost_against_another
from shared.health import Measurement
from shared.messaging.outbox import Outbox, UnitOfWork
from shared.service.jobs import items, progress, table
from shared.service.jobs.items import ItemFailedError
from shared.service.jobs.job import Job
from shared.service.jobs.schedules import QUICK_BELOW_S, Every, Occurrence, missed, newest_not_made_up_for
from shared.service.jobs.telling import CaseTeller
from shared.telemetry import metrics
from shared.telemetry.tracing import span

log = structlog.get_logger(__name__)

# A run of a quick job that takes longer than this is worth a line in the log.
REMARKABLE_AFTER_S = 5.0
# So many deadlocks or lock time-outs in a row are no chance: the item is set aside, or others would wait with it.
LOST_IN_A_ROW = 3


class _FailedPeriodError(Exception):
    """The handler failed on ``occurrence``; the cause is the handler's error."""

    def __init__(self, occurrence: Occurrence, attempts: int) -> None:
        super().__init__(occurrence.period_key)
        self.occurrence = occurrence
        self.attempts = attempts


@dataclass(frozen=True, slots=True)
class _Due:
    """A period to run, and how often it was tried; or one to mark as skipped."""

    occurrence: Occurrence
    attempts: int = 0
    skip: bool = False
    has_failed_items: bool = False


class JobRunner:
    """Looks for due periods of ``jobs`` every ``poll_s`` seconds, by ``clock``."""

    name = "jobs"

    def __init__(self, outbox: Outbox, jobs: Sequence[Job], clock: Clock, *, poll_s: float = 1.0) -> None:
        names = [job.name for job in jobs]
        if len(set(names)) != len(names):
            raise ValueError(f"Two jobs have the same name; job names must differ: {', '.join(sorted(names))}.")
        self._outbox = outbox
        self._jobs = tuple(jobs)
        self._clock = clock
        self._poll_s = poll_s
        # Until then there is nothing to do for the job, as far as this runner knows: saves asking the database.
        self._quiet_until: dict[str, datetime] = {}
        self._teller = CaseTeller()
        # By job, how often in a row its item lost against another transaction.
        self._lost_in_a_row: dict[str, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; a period that is running is finished. Jobs do not wait for one another."""
        async with asyncio.TaskGroup() as tasks:
            for job in self._jobs:
                tasks.create_task(self._keep_running(job, stop), name=job.name)
            await stop.wait()

    async def _keep_running(self, job: Job, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if await self._run_next(job):
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await stop.wait()

    async def run_due(self) -> int:
        """Run everything that is due now, one after the other; gives how many periods were done."""
        done = 0
        for job in self._jobs:
            while await self._run_next(job):
                done += 1
        return done

    async def _run_next(self, job: Job) -> bool:
        """Do the next due period of ``job`` if it is ours to do. False if there is nothing to do now."""
        quiet_until = self._quiet_until.get(job.name)
        if quiet_until is not None and self._clock.now() < quiet_until:
            return False
        try:
            return await self._run_one_period(job)
        except ItemFailedError as failure:
            if not self._is_tried_again(job, failure):
                await self._set_aside(job, failure)
        except _FailedPeriodError as failure:
            await self._note_failure(job, failure)
        except Exception as error:  # noqa: BLE001 - the database is away, most likely; we look again
            metrics.RETRY_ATTEMPTS.labels("jobs").inc()
            log.warning("job_not_reached", job=job.name, error_type=type(error).__qualname__, retry_in_s=self._poll_s)
        return False

    def _is_tried_again(self, job: Job, failure: ItemFailedError) -> bool:
        """Whether the item only lost against another transaction, and not for ever: the next look takes it again."""
        lost = self._lost_in_a_row.pop(job.name, 0) + 1
        if lost >= LOST_IN_A_ROW or failure.__cause__ is None or not lost_against_another(failure.__cause__):
            return False
        self._lost_in_a_row[job.name] = lost
        metrics.RETRY_ATTEMPTS.labels("jobs").inc()
        kind = type(failure.__cause__).__qualname__
        log.warning("job_item_lost", job=job.name, item=failure.item, error_type=kind, retry_in_s=self._poll_s)
        return True

    async def _run_one_period(self, job: Job) -> bool:
        """True if a period was done, in part or wholly, or skipped: there may be more.

        Raises _FailedPeriodError, or ItemFailedError when the failure is that of one item.
        """
        started = time.perf_counter()
        due: _Due | None = None
        try:
            async with self._outbox.unit_of_work() as work:
                if not await table.try_lock(work, job.name):
                    return False
                now = self._clock.now()
                due = await self._next_due(work, job, now)
                if due is None:
                    return False
                if due.skip:
                    await table.finish(work, job.name, due.occurrence, "skipped", now)
                else:
                    await self._handle(work, job, due, now)
        except ItemFailedError:
            raise
        except Exception as error:
            if due is None:
                raise
            raise _FailedPeriodError(due.occurrence, due.attempts + 1) from error
        self._lost_in_a_row.pop(job.name, None)
        seconds = time.perf_counter() - started
        outcome = "skipped" if due.skip else "done"
        metrics.JOB_RUNS.labels(job.name, outcome).inc()
        metrics.JOB_DURATION.labels(job.name).observe(seconds)
        level = logging.WARNING if due.skip else logging.DEBUG if _is_unremarkable(job, due, seconds) else logging.INFO
        log.log(
            level,
            "job_period_ended",
            job=job.name,
            period_key=due.occurrence.period_key,
            status=outcome,
            duration_s=round(seconds, 3),
        )
        return True

    async def _handle(self, work: UnitOfWork, job: Job, due: _Due, now: datetime) -> None:
        occurrence = due.occurrence
        attributes = {"payung.job": job.name, "payung.period_key": occurrence.period_key}
        with span(f"job {job.name}", attributes=attributes), items.watched() as went_through:
            has_more = await job.handler(work, occurrence.period_key)
        if due.has_failed_items:
            await self._teller.clear(work, job, went_through, now, has_more=bool(has_more))
        if has_more:
            return
        await table.finish(work, job.name, occurrence, "done", self._clock.now())
        await table.forget(work, job.name, now - job.schedule.keep, occurrence.period_key)

    async def _next_due(self, work: UnitOfWork, job: Job, now: datetime) -> _Due | None:
        """What to do now; None if there is nothing, and then the job is quiet for a while."""
        last = await table.last_entry(work, job.name, now)
        if last is None:
            return _Due(job.schedule.latest(now))
        if last.status == "failed":
            if last.next_attempt_at is not None and last.next_attempt_at > now:
                self._quiet_until[job.name] = last.next_attempt_at
                return None
            return _Due(last.occurrence, last.attempts, has_failed_items=last.has_failed_items)
        too_old = newest_not_made_up_for(job.schedule, now)
        if too_old.due_at > last.occurrence.due_at:
            return _Due(too_old, skip=True)
        for occurrence in missed(job.schedule, last.occurrence.due_at, now):
            # After a change of the schedule a period that is done can come up again.
            if not await table.is_finished(work, job.name, occurrence.period_key):
                return _Due(occurrence, has_failed_items=last.has_failed_items)
        self._quiet_until[job.name] = job.schedule.after(now).due_at
        return None

    async def _set_aside(self, job: Job, failure: ItemFailedError) -> None:
        """Note that an item failed. The next look takes another one, until this one's time has come again."""
        error = failure.__cause__
        metrics.JOB_RUNS.labels(job.name, "failed").inc()
        log.error("job_item_failed", job=job.name, item=failure.item, exc_info=error)
        pauses = timedelta(seconds=job.retry_delay_s), timedelta(seconds=job.retry_delay_max_s)
        try:
            async with self._outbox.unit_of_work() as work:
                await table.lock(work, job.name)
                failed, _ = await items.fail(work, job.name, failure, self._clock.now(), pauses)
                await self._teller.failing(work, job, failed, self._clock.now())
        except Exception as unreachable:  # noqa: BLE001 - it is tried again after a pause, and noted then
            self._quiet_until[job.name] = self._clock.now() + pauses[0]
            log.warning("job_failure_not_noted", job=job.name, error_type=type(unreachable).__qualname__)

    async def _note_failure(self, job: Job, failure: _FailedPeriodError) -> None:
        delay_s = min(job.retry_delay_s * 2 ** min(failure.attempts - 1, 20), job.retry_delay_max_s)
        next_attempt_at = self._clock.now() + timedelta(seconds=delay_s)
        error = failure.__cause__
        metrics.JOB_RUNS.labels(job.name, "failed").inc()
        log.error(
            "job_failed",
            job=job.name,
            period_key=failure.occurrence.period_key,
            attempt=failure.attempts,
            retry_in_s=delay_s,
            exc_info=error,
        )
        self._quiet_until[job.name] = next_attempt_at
        try:
            async with self._outbox.database.transaction() as tx:
                await table.lock(tx, job.name)
                if not await table.is_finished(tx, job.name, failure.occurrence.period_key):
                    kind = type(error).__qualname__
                    await table.fail(tx, job.name, failure.occurrence, kind, next_attempt_at)
        except Exception as unreachable:  # noqa: BLE001 - the memory of this runner must do until the database is back
            log.warning("job_failure_not_noted", job=job.name, error_type=type(unreachable).__qualname__)

    async def measure(self) -> Measurement:
        """How long the most overdue period of any job has waited; failed once a period was tried three times."""
        async with self._outbox.database.transaction() as tx:
            return await progress.measure(tx, self._jobs, self._clock.now(), self._teller.untold(self._clock.now()))


def _is_unremarkable(job: Job, due: _Due, seconds: float) -> bool:
    """One of many runs of a quick job, done at the first attempt and in time."""
    schedule = job.schedule
    quick = isinstance(schedule, Every) and schedule.seconds < QUICK_BELOW_S
    return quick and due.attempts == 0 and seconds < REMARKABLE_AFTER_S
