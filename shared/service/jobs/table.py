"""The record of which period of which job was done: the statements that make it, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.database import Transaction
from shared.service.jobs.schedules import Occurrence

# Class of the advisory locks of jobs, the first of two keys; the second is a hash of the job's name.
JOB_LOCK_CLASS = 0x5041_594A  # "PAYJ"

_TABLE = """
CREATE TABLE due_job (
    name text NOT NULL,
    period_key text NOT NULL,
    due_at timestamptz NOT NULL,
    -- skipped: so many periods were missed that this and earlier ones are not made up for.
    status text NOT NULL CHECK (status IN ('done', 'failed', 'skipped')),
    attempts integer NOT NULL DEFAULT 0,
    -- Only the class of the error: its text may quote data.
    error_type text,
    next_attempt_at timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (name, period_key),
    CHECK ((status = 'failed') = (next_attempt_at IS NOT NULL)),
    CHECK ((status = 'failed') = (finished_at IS NULL))
)
"""
_INDEX = "CREATE INDEX due_job_in_order ON due_job (name, due_at)"

_TRY_LOCK = "SELECT pg_try_advisory_xact_lock($1, hashtext($2))"
_LOCK = "SELECT pg_advisory_xact_lock($1, hashtext($2))"
_LAST = """
SELECT period_key, due_at, status, attempts, next_attempt_at, EXISTS (SELECT FROM job_item WHERE job = $1) AS has_items
FROM due_job WHERE name = $1 AND due_at <= $2
ORDER BY due_at DESC, period_key DESC LIMIT 1
"""
_IS_FINISHED = "SELECT count(*) > 0 FROM due_job WHERE name = $1 AND period_key = $2 AND status <> 'failed'"
_FINISH = """
INSERT INTO due_job (name, period_key, due_at, status, attempts, finished_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (name, period_key) DO UPDATE
SET status = excluded.status, attempts = due_job.attempts + excluded.attempts, finished_at = excluded.finished_at,
    next_attempt_at = NULL, error_type = NULL
"""
_FAIL = """
INSERT INTO due_job (name, period_key, due_at, status, attempts, error_type, next_attempt_at)
VALUES ($1, $2, $3, 'failed', 1, $4, $5)
ON CONFLICT (name, period_key) DO UPDATE
SET attempts = due_job.attempts + 1, error_type = excluded.error_type, next_attempt_at = excluded.next_attempt_at
WHERE due_job.status = 'failed'
"""
_FORGET = "DELETE FROM due_job WHERE name = $1 AND due_at < $2 AND status <> 'failed' AND period_key <> $3"


@dataclass(frozen=True, slots=True)
class Entry:
    """The last period of a job that the table knows."""

    occurrence: Occurrence
    status: str
    attempts: int
    next_attempt_at: datetime | None
    has_failed_items: bool


def create_statements() -> list[str]:
    """The statements that make the table, for a service's migration, in order."""
    return [_TABLE.strip(), _INDEX]


def drop_statements() -> list[str]:
    """The statements that undo `create_statements`."""
    return ["DROP TABLE due_job"]


async def try_lock(tx: Transaction, job: str) -> bool:
    """Take the job's lock until the end of the transaction; False if another process has it."""
    return bool(await tx.fetch_value(_TRY_LOCK, JOB_LOCK_CLASS, job))


async def lock(tx: Transaction, job: str) -> None:
    """Wait for the job's lock and take it until the end of the transaction."""
    await tx.fetch_value(_LOCK, JOB_LOCK_CLASS, job)


async def last_entry(tx: Transaction, job: str, now: datetime) -> Entry | None:
    """The job's latest period up to ``now`` that ran, failed or was skipped; None for a new job.

    Marks of the future were left by a clock that was wrong; they do not stop the job until that future comes.
    """
    rows = await tx.fetch(_LAST, job, now)
    if not rows:
        return None
    row = rows[0]
    occurrence = Occurrence(row["period_key"], row["due_at"])
    return Entry(occurrence, row["status"], row["attempts"], row["next_attempt_at"], row["has_items"])


async def is_finished(tx: Transaction, job: str, period_key: str) -> bool:
    """Whether the period was done or skipped."""
    return bool(await tx.fetch_value(_IS_FINISHED, job, period_key))


async def finish(tx: Transaction, job: str, occurrence: Occurrence, status: str, now: datetime) -> None:
    """Mark the period ``done`` or ``skipped``."""
    attempts = 1 if status == "done" else 0
    await tx.run(_FINISH, job, occurrence.period_key, occurrence.due_at, status, attempts, now)


async def fail(tx: Transaction, job: str, occurrence: Occurrence, error_type: str, next_attempt_at: datetime) -> None:
    """Note that the period has failed once more, unless somebody has done it meanwhile."""
    await tx.run(_FAIL, job, occurrence.period_key, occurrence.due_at, error_type, next_attempt_at)


async def forget(tx: Transaction, job: str, before: datetime, except_period: str) -> None:
    """Delete finished periods that were due before ``before``."""
    await tx.run(_FORGET, job, before, except_period)
