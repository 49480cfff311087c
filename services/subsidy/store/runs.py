"""Month runs: one per funding line and month, worked through in passes over the line's grants in order of worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.subsidy.rules.states import BillState, RunState
from services.subsidy.rules.values import Amounts
from services.subsidy.store.rows import ById, insert_into, values
from services.subsidy.tables import MonthRun
from shared.access.paging import PageQuery
from shared.database import Transaction
from shared.database.records import columns, record, records
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month
from shared.service.jobs import not_set_aside

_COLUMNS = columns(MonthRun)
_ADD = insert_into(MonthRun, "ON CONFLICT (funding_line_id, month) DO NOTHING RETURNING month_run_id")
_FIND = f"""
SELECT {_COLUMNS} FROM month_run WHERE region_code ^@ ANY ($1::text[])
AND ($2::uuid IS NULL OR month_run_id = $2) AND ($3::uuid IS NULL OR funding_line_id = $3)
AND ($4::text IS NULL OR month = $4) AND ($5::uuid IS NULL OR month_run_id > $5) ORDER BY month_run_id LIMIT $6
"""  # noqa: S608 - columns of this file
_LOCK = f"SELECT {_COLUMNS} FROM month_run WHERE month_run_id = $1 FOR UPDATE"  # noqa: S608
_OF_MONTH = "SELECT month_run_id FROM month_run WHERE funding_line_id = $1 AND month = $2"
_NEXT_TO_ASSESS = f"""
SELECT month_run_id, funding_line_id FROM month_run WHERE assessing AND due_on IS NOT NULL
    AND {not_set_aside("month_run_id", "$1", "$2")}
ORDER BY month_run_id LIMIT 1
"""  # noqa: S608 - a condition of ours
_WITHOUT_DUE_DATE = "SELECT month_run_id, month FROM month_run WHERE due_on IS NULL ORDER BY month_run_id FOR UPDATE"
_SET_DUE_DATE = "UPDATE month_run SET due_on = $2 WHERE month_run_id = $1"
_OF_WORKERS = """
SELECT DISTINCT r.funding_line_id, r.month_run_id
FROM subsidy_grant g JOIN month_run r ON r.funding_line_id = g.funding_line_id
    AND r.month >= g.first_month AND r.month <= g.last_month
WHERE g.worker_id = ANY ($1::uuid[]) AND r.due_on IS NOT NULL
ORDER BY r.funding_line_id, r.month_run_id
"""
_ADVANCE = "UPDATE month_run SET pass_cursor = $2, assessing = $3 WHERE month_run_id = $1"
_ADD_DUE = """
UPDATE month_run SET due_count = due_count + $2, jkk_rupiah = jkk_rupiah + $3, jkm_rupiah = jkm_rupiah + $4
WHERE month_run_id = $1
"""
_AGAIN = f"""
UPDATE month_run SET assessing = true, pass_cursor = NULL, passes = passes + 1, state = '{RunState.OPEN}'
WHERE month_run_id = $1 RETURNING {_COLUMNS}
"""  # noqa: S608
_AGAIN_OF_LINE = f"""
UPDATE month_run SET assessing = true, pass_cursor = NULL, passes = passes + 1
WHERE funding_line_id = $1 AND state = '{RunState.OPEN}'
"""  # noqa: S608
_SET_STATE = "UPDATE month_run SET state = $2 WHERE month_run_id = $1"
_CLOSE_IF_PAID = f"""
UPDATE month_run r SET state = '{RunState.CLOSED}' WHERE month_run_id = $1 AND state = '{RunState.BILLED}'
AND NOT EXISTS (SELECT 1 FROM bill WHERE month_run_id = $1 AND state <> '{BillState.PAID}')
AND due_count = (SELECT coalesce(sum(worker_count), 0) FROM bill WHERE month_run_id = $1)
"""  # noqa: S608


IN_ORDER = ById(MonthRun, "month_run_id")


class RunKeys(NamedTuple):
    """A run with the line that is locked before it is."""

    funding_line_id: UUID
    month_run_id: UUID


async def add(uow: UnitOfWork, run: MonthRun) -> bool:
    """Open a run; its first pass begins. False if the line and month have one."""
    return await uow.fetch_value(_ADD, *values(run)) is not None


async def of_month(tx: Transaction, line_id: UUID, month: Month) -> UUID | None:
    """The run of a line and month."""
    run_id: UUID | None = await tx.fetch_value(_OF_MONTH, line_id, str(month))
    return run_id


async def find(
    tx: Transaction,
    areas: Sequence[str],
    query: PageQuery | None = None,
    *,
    run_id: UUID | None = None,
    line_id: UUID | None = None,
    month: str | None = None,
) -> list[MonthRun]:
    """Runs in ``areas``, in order of id: those of a page and one more, or one."""
    return records(MonthRun, await tx.fetch(_FIND, areas, run_id, line_id, month, *IN_ORDER.bounds(query)))


async def lock(tx: Transaction, run_id: UUID) -> MonthRun:
    """Lock a run that is known to exist. Its line is locked already."""
    return record(MonthRun, (await tx.fetch(_LOCK, run_id))[0])


async def next_to_assess(uow: UnitOfWork, job: str) -> RunKeys | None:
    """The oldest run whose pass is going on and that ``job`` has not set aside; None without one."""
    rows = await uow.fetch(_NEXT_TO_ASSESS, job, uow.moment)
    return RunKeys(**rows[0]) if rows else None


async def without_due_date(tx: Transaction) -> list[tuple[UUID, Month]]:
    """Runs that wait for a due date, locked, with their months."""
    return [(row["month_run_id"], Month.parse(row["month"])) for row in await tx.fetch(_WITHOUT_DUE_DATE)]


async def set_due_date(tx: Transaction, run_id: UUID, due_on: date) -> None:
    """The due date is known now."""
    await tx.run(_SET_DUE_DATE, run_id, due_on)


async def of_workers(tx: Transaction, worker_ids: Sequence[UUID]) -> list[RunKeys]:
    """Every run that a grant of these workers belongs to, in order of line."""
    return [RunKeys(**row) for row in await tx.fetch(_OF_WORKERS, worker_ids)]


async def advance(tx: Transaction, run_id: UUID, cursor: UUID | None, *, assessing: bool) -> None:
    """Remember how far the pass is."""
    await tx.run(_ADVANCE, run_id, cursor, assessing)


async def add_due(tx: Transaction, run_id: UUID, count: int, amounts: Amounts) -> None:
    """Count what was assessed."""
    require(count > 0 and min(amounts) >= 0, "A run's totals only grow.")
    require(amounts.total_rupiah > 0, "An assessed month costs something.")
    await tx.run(_ADD_DUE, run_id, count, *amounts)


async def again(tx: Transaction, run_id: UUID) -> MonthRun:
    """Begin a new pass; a billed or closed run opens again. Gives the run as it is now."""
    return record(MonthRun, (await tx.fetch(_AGAIN, run_id))[0])


async def again_for_line(tx: Transaction, line_id: UUID) -> None:
    """Begin a new pass of every open run of a line."""
    await tx.run(_AGAIN_OF_LINE, line_id)


async def set_state(tx: Transaction, run_id: UUID, state: RunState) -> None:
    """Set the state."""
    await tx.run(_SET_STATE, run_id, state)


async def close_if_paid(tx: Transaction, run_id: UUID) -> None:
    """Close a billed run when all of its bills are paid and nothing is left to bill."""
    await tx.run(_CLOSE_IF_PAID, run_id)
