"""Tells a service which items fail again and again, and that they do no longer; what cannot be told stops no job.

A case that the service cannot open or close, for a rule of its schema say, is a fault of the program. The item is set
aside all the same and the others go on; the fault is in the log and fails `progressing` until it has been told.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime

import structlog

from shared.database.failures import FailureKind, classify_failure
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import items
from shared.service.jobs.items import FailedItem
from shared.service.jobs.job import Job
from shared.telemetry import metrics

log = structlog.get_logger(__name__)


class CaseTeller:
    """Calls `ItemCases` of the jobs of one runner, and knows which of the calls failed."""

    def __init__(self) -> None:
        # By job and item, when it was tried in vain.
        self._untold: dict[str, dict[str, datetime]] = {}

    def untold(self, now: datetime) -> list[str]:
        """The jobs of which some item's case could not be opened or closed, at the last try.

        What was not tried here for an hour has been told by another process, or its item is gone.
        """
        since = now - items.GONE_AFTER
        return sorted(job for job, tried in self._untold.items() if any(moment >= since for moment in tried.values()))

    async def failing(self, work: UnitOfWork, job: Job, failed: FailedItem, now: datetime) -> None:
        """Open the case of ``failed`` once it has failed often enough. Raises only failures that pass."""
        if failed.attempts < items.CASE_AFTER or job.cases is None:
            return
        async with self._alone(work, job.name, [failed.item], now):
            await job.cases.failing(work, failed)

    async def clear(
        self, work: UnitOfWork, job: Job, went_through: Sequence[str], now: datetime, *, has_more: bool
    ) -> None:
        """Forget items and close their cases, or do neither. Raises only failures that pass.

        Nothing is gone while the job ``has_more`` to do (`items.clear`). What is not forgotten now is gone an
        hour after its time came, and then its case is closed.
        """
        touched = list(went_through)
        gone_before = None if has_more else now - items.GONE_AFTER
        async with self._alone(work, job.name, touched, now):
            recovered = await items.clear(work, job.name, went_through, gone_before)
            touched += recovered
            if recovered and job.cases is not None:
                await job.cases.recovered(work, job.name, recovered)

    @contextlib.asynccontextmanager
    async def _alone(self, work: UnitOfWork, job: str, names: Iterable[str], now: datetime) -> AsyncIterator[None]:
        untold = self._untold.setdefault(job, {})
        try:
            async with work.savepoint():
                yield
        except Exception as error:
            if classify_failure(error) is FailureKind.TRANSIENT:
                raise
            untold.update(dict.fromkeys(names, now))
            metrics.RETRY_ATTEMPTS.labels("jobs").inc()
            log.exception("job_case_not_told", job=job, items=sorted(names))
        else:
            for name in names:
                untold.pop(name, None)
