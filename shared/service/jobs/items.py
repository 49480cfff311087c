"""Items of a job that failed: set aside for a while, so that one bad roster, decree or file holds up no other.

A handler that works on one of many items names it with `item`; the runner notes the failure, and the handler's store
leaves out what is set aside (`not_set_aside`). What fails again and again becomes a case of the service
(docs/adr/0041), which closes when the item has gone through.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from shared.database import Transaction
from shared.database.failures import concerns_everybody
from shared.messaging.outbox import UnitOfWork

# So many failures are no chance any more: about 35 s after the first one with the usual pauses of 5, 10 and 20 s.
CASE_AFTER: Final = 3
# An item whose time came so long ago and that nobody tried is done with in another way, such as by a command.
GONE_AFTER: Final = timedelta(hours=1)

_TABLE = """
CREATE TABLE job_item (
    job text NOT NULL,
    -- An identifier of the service's own, never a name or a number of a person.
    item text NOT NULL,
    attempts integer NOT NULL CHECK (attempts > 0),
    -- Only the class of the error: its text may quote data.
    error_type text NOT NULL,
    failed_at timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    PRIMARY KEY (job, item)
)
"""
_FAIL = """
INSERT INTO job_item AS old (job, item, attempts, error_type, failed_at, next_attempt_at)
VALUES ($1, $2, 1, $3, $4, $5)
ON CONFLICT (job, item) DO UPDATE SET attempts = old.attempts + 1, error_type = excluded.error_type,
    failed_at = excluded.failed_at,
    next_attempt_at = excluded.failed_at
        + least((excluded.next_attempt_at - excluded.failed_at) * 2 ^ least(old.attempts, 20), $6::interval)
RETURNING attempts, next_attempt_at
"""
_CLEAR = """
DELETE FROM job_item WHERE job = $1 AND (item = ANY ($2::text[]) OR next_attempt_at < $3::timestamptz)
RETURNING item, attempts
"""
_FAILING = """
SELECT job, count(*) AS items FROM job_item WHERE attempts >= $1 AND next_attempt_at >= $2 GROUP BY job ORDER BY job
"""
_touched: ContextVar[list[str] | None] = ContextVar("touched_items", default=None)


class ItemFailedError(Exception):
    """Work on ``item`` failed; the cause is the error. The transaction is rolled back, the other items go on."""

    def __init__(self, item: str) -> None:
        super().__init__(item)
        self.item = item


@dataclass(frozen=True, slots=True)
class FailedItem:
    """What is told of an item that failed: its job, its identifier, how often, and the class of the last error."""

    job: str
    item: str
    attempts: int
    error_type: str


class ItemCases(Protocol):
    """How a service tells people of items that fail again and again, and that they do no longer."""

    async def failing(self, uow: UnitOfWork, failed: FailedItem) -> None:
        """Open a case, or leave it open. Called at each failure from the third on."""
        ...

    async def recovered(self, uow: UnitOfWork, job: str, items: Sequence[str]) -> None:
        """Close the cases of these items; some may have none."""
        ...


def item_statements() -> list[str]:
    """The statements that make the table, for a migration of each service."""
    return [_TABLE.strip()]


def item_undo_statements() -> list[str]:
    """The statements that undo `item_statements`."""
    return ["DROP TABLE job_item"]


def not_set_aside(key: str, job: str, moment: str) -> str:
    """A condition of SQL for the items with identifier ``key`` that may be tried at ``moment`` by ``job``.

    ``job`` and ``moment`` are places of the statement, such as ``$1``.
    """
    return (
        f"NOT EXISTS (SELECT FROM job_item AS aside WHERE aside.job = {job} AND aside.item = {key}::text"
        f" AND aside.next_attempt_at > {moment})"
    )


@contextlib.contextmanager
def item(identifier: object) -> Iterator[None]:
    """Work on one item within the block. Raises ItemFailedError for its errors: the runner then knows whose they are.

    What the database lacks for whoever asks (`failures.concerns_everybody`) is no fault of the item: raised as it is.
    """
    name = str(identifier)
    try:
        yield
    except ItemFailedError:
        raise
    except Exception as error:
        if concerns_everybody(error):
            raise
        raise ItemFailedError(name) from error
    touched = _touched.get()
    if touched is not None:
        touched.append(name)


@contextlib.contextmanager
def watched() -> Iterator[list[str]]:
    """The items that went through within the block."""
    touched: list[str] = []
    token = _touched.set(touched)
    try:
        yield touched
    finally:
        _touched.reset(token)


async def fail(
    tx: Transaction, job: str, failed: ItemFailedError, now: datetime, pauses: tuple[timedelta, timedelta]
) -> tuple[FailedItem, datetime]:
    """Note one more failure: a first pause, doubled each time up to the longest. Gives what was noted, and the end."""
    kind = type(failed.__cause__).__qualname__
    first, longest = pauses
    row = (await tx.fetch(_FAIL, job, failed.item, kind, now, now + first, longest))[0]
    return FailedItem(job, failed.item, row["attempts"], kind), row["next_attempt_at"]


async def clear(tx: Transaction, job: str, items: Sequence[str], gone_before: datetime | None) -> list[str]:
    """Forget ``items`` and those whose time came before ``gone_before``; gives whichever of them may have a case.

    ``gone_before`` is None while others may come before an item whose time has come, after an outage for one: that
    nobody has tried it yet says nothing then.
    """
    rows = await tx.fetch(_CLEAR, job, list(items), gone_before)
    return [row["item"] for row in rows if row["attempts"] >= CASE_AFTER]


async def failing(tx: Transaction, now: datetime) -> dict[str, int]:
    """By job, how many items have failed again and again and are still tried."""
    return {row["job"]: row["items"] for row in await tx.fetch(_FAILING, CASE_AFTER, now - GONE_AFTER)}
