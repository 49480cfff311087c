"""Whether jobs get on: the check behind `progressing`, with the names of those that do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.database import Transaction
from shared.health import Measurement, Status
from shared.service.jobs import items, table
from shared.service.jobs.job import Job
from shared.telemetry import metrics

# A period that waits no longer than this is only late, not overdue.
LATENESS_ALLOWED_S = 300.0
# A period that failed so often fails again and again.
FAILED_AGAIN_AND_AGAIN = 3
# So many items of one job that fail at the same time are no bad items: it is the job.
TOO_MANY_ITEMS = 10


async def measure(tx: Transaction, jobs: Sequence[Job], now: datetime, untold: Sequence[str] = ()) -> Measurement:
    """How long the most overdue period has waited; failed when a job fails again and again, and then says which.

    ``untold`` are jobs of which some item's case could not be opened or closed: failed as well. A single item that
    fails again and again is a case and a warning: the job goes on with the others.
    """
    worst_s, worst = 0.0, ""
    stuck: list[str] = []
    for job in jobs:
        last = await table.last_entry(tx, job.name, now)
        overdue_s = _overdue_s(job, last, now)
        metrics.JOB_OVERDUE.labels(job.name).set(overdue_s)
        if overdue_s > worst_s:
            worst_s, worst = overdue_s, job.name
        if last is not None and last.status == "failed" and last.attempts >= FAILED_AGAIN_AND_AGAIN:
            stuck.append(job.name)
    bad_items = await items.failing(tx, now)
    stuck += [name for name, count in bad_items.items() if count >= TOO_MANY_ITEMS and name not in stuck]
    figure = round(worst_s, 3)
    if stuck:
        advice = (
            f"These jobs fail again and again: {', '.join(stuck)}. Read job_failed and job_item_failed in the log "
            "and mend the cause."
        )
        return Measurement(Status.FAILED, figure, "s", advice)
    if untold:
        advice = (
            f"Items of {', '.join(untold)} have no right case, since the service could not open or close it. Read "
            "job_case_not_told in the log and mend the cause; the jobs go on meanwhile."
        )
        return Measurement(Status.FAILED, figure, "s", advice)
    if worst_s > LATENESS_ALLOWED_S:
        advice = f"The job {worst} is overdue; look whether a jobs process runs and what job_failed says."
        return Measurement(Status.WARNING, figure, "s", advice)
    if bad_items:
        named = ", ".join(f"{count} of {name}" for name, count in bad_items.items())
        advice = f"Items fail again and again and are set aside ({named}); each is a case. The others go on."
        return Measurement(Status.WARNING, figure, "s", advice)
    return Measurement(Status.OK, figure, "s")


def _overdue_s(job: Job, last: table.Entry | None, now: datetime) -> float:
    if last is None:
        return 0.0
    due_at = last.occurrence.due_at if last.status == "failed" else job.schedule.after(last.occurrence.due_at).due_at
    return max(0.0, (now - due_at).total_seconds())
