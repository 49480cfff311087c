"""Bills: what BPJS is asked to bill for a group and month, line by line, and what it has billed.

A contribution names its bill from the beginning: the one that its run collects for the group next. Cutting the bill
writes nothing of a worker, and no contribution can stand on two bills, or on none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BufferedWriter
from typing import NamedTuple
from uuid import UUID

from services.subsidy.rules.states import BillState
from services.subsidy.rules.values import Amounts, amounts_of
from services.subsidy.store.rows import ById, insert_into, values
from services.subsidy.tables import Bill
from shared.access.paging import PageQuery
from shared.database import Transaction
from shared.database.records import columns, record, records
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import not_set_aside

_COLLECTING = "SELECT group_id, bill_id FROM next_bill WHERE month_run_id = $1 ORDER BY group_id"
_COLLECT = """
WITH collecting AS (SELECT group_id, bill_id FROM next_bill WHERE month_run_id = $1), fresh AS (
    INSERT INTO next_bill (month_run_id, group_id, bill_id) SELECT $1, group_id, bill_id
    FROM unnest($2::uuid[], $3::uuid[]) wanted (group_id, bill_id)
    WHERE group_id NOT IN (SELECT group_id FROM collecting)
    RETURNING group_id, bill_id
) SELECT * FROM collecting UNION ALL SELECT * FROM fresh
"""
# Who has left before the month is not billed: the person may have died, or an employer pays. It waits for a further
# bill, should they come back and be covered in that month: who is covered again from a later one only is still left
# out. Looked up worker by worker: a scan of everybody for each bill would grow with both.
_LEFT = """
SELECT c.bill_id, c.worker_id FROM contribution c CROSS JOIN LATERAL (
    SELECT exited_version, enrolled_version, last_covered_month, cover_from FROM worker_view
    WHERE worker_id = c.worker_id AND exited_version > 0 LIMIT 1
) w
WHERE c.bill_id = ANY ($1::uuid[]) AND (w.exited_version > w.enrolled_version OR w.cover_from > c.month)
AND (w.last_covered_month IS NULL OR w.last_covered_month < c.month)
"""
_LEAVE_OUT = """
UPDATE contribution c SET bill_id = left_out.anew
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) left_out (bill_id, worker_id, anew)
WHERE c.bill_id = left_out.bill_id AND c.worker_id = left_out.worker_id
"""
_COUNTED = """
WITH collecting_anew AS (
    UPDATE next_bill n SET bill_id = cut.anew FROM unnest($1::uuid[], $2::uuid[]) cut (bill_id, anew)
    WHERE n.bill_id = cut.bill_id
)
SELECT bill_id, count(*) AS workers, sum(jkk_rupiah)::bigint AS jkk, sum(jkm_rupiah)::bigint AS jkm
FROM contribution WHERE bill_id = ANY ($1::uuid[]) GROUP BY bill_id
"""
_BILLED_OF_RUN = "SELECT coalesce(sum(worker_count), 0) FROM bill WHERE month_run_id = $1"
_ADD = insert_into(Bill)
_FIND = f"""
SELECT {columns(Bill)} FROM bill WHERE region_code ^@ ANY ($1::text[]) AND ($2::uuid IS NULL OR bill_id = $2)
AND ($3::uuid IS NULL OR month_run_id = $3) AND ($4::uuid IS NULL OR bill_id > $4) ORDER BY bill_id LIMIT $5
"""  # noqa: S608 - columns and states of our own
_LOCK = f"SELECT {columns(Bill)} FROM bill WHERE bill_id = $1 FOR UPDATE"  # noqa: S608
_LINE_OF = "SELECT funding_line_id FROM bill WHERE bill_id = $1"
_TO_REQUEST = f"""
SELECT {columns(Bill)} FROM bill WHERE state = '{BillState.CUT}' AND {not_set_aside("bill_id", "$1", "$2")}
ORDER BY bill_id LIMIT 1 FOR UPDATE
"""  # noqa: S608
_REQUEST_ROWS = """
SELECT group_id, month, worker_id, jkk_rupiah, jkm_rupiah FROM contribution WHERE bill_id = $1 ORDER BY worker_id
"""
_REQUESTED = f"""
UPDATE bill SET state = '{BillState.REQUESTED}', requested_at = $2 WHERE bill_id = $1 AND state = '{BillState.CUT}'
"""  # noqa: S608
_SET_STATE = "UPDATE bill SET state = $2 WHERE bill_id = $1"
_BILLED = f"""
UPDATE bill SET state = '{BillState.BILLED}', kode_iuran = $2, bpjs_due_on = $3 WHERE bill_id = $1
"""  # noqa: S608
_KODE_USED = "SELECT count(*) > 0 FROM bill WHERE kode_iuran = $1"
_SILENT = f"""
SELECT {columns(Bill)} FROM bill WHERE state = '{BillState.REQUESTED}' AND requested_at < $1 ORDER BY bill_id LIMIT 100
FOR UPDATE SKIP LOCKED
"""  # noqa: S608


IN_ORDER = ById(Bill, "bill_id")


class Collected(NamedTuple):
    """The months that a run has collected for a group; ``bill_id`` is the bill that they name."""

    bill_id: UUID
    group_id: UUID
    workers: int
    amounts: Amounts


async def collecting(uow: UnitOfWork, run_id: UUID, group_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """By group: the bill that takes what the run assesses. The run is locked."""
    groups = sorted(group_ids)
    rows = await uow.fetch(_COLLECT, run_id, groups, [uow.ids.next() for _ in groups])
    return {row["group_id"]: row["bill_id"] for row in rows}


async def collected(uow: UnitOfWork, run_id: UUID) -> tuple[list[Collected], int]:
    """End collecting: gives what is to be billed, by group, and how many months of the run's workers are left out.

    Whoever has left is left out: their months wait for the bill that is collected from now on. The run is locked.
    """
    group_of = {row["bill_id"]: row["group_id"] for row in await uow.fetch(_COLLECTING, run_id)}
    anew = {bill_id: uow.ids.next() for bill_id in group_of}
    left = await uow.fetch(_LEFT, list(anew))
    if left:
        ended = [row["bill_id"] for row in left]
        await uow.run(_LEAVE_OUT, ended, [row["worker_id"] for row in left], [anew[bill_id] for bill_id in ended])
    counted = {row["bill_id"]: row for row in await uow.fetch(_COUNTED, list(anew), list(anew.values()))}
    return [
        Collected(bill_id, group_id, row["workers"], Amounts(row["jkk"], row["jkm"]))
        for bill_id, group_id in group_of.items()
        if (row := counted.get(bill_id))
    ], len(left)


async def billed_workers(tx: Transaction, run_id: UUID) -> int:
    """How many months of the run stand on bills that are cut."""
    return int(await tx.fetch_value(_BILLED_OF_RUN, run_id))


async def add(uow: UnitOfWork, run_id: UUID, bills: Sequence[Bill]) -> None:
    """Cut bills over what was collected: their lines name them already.

    Raises InvariantError where a bill is about nobody, no money or another run.
    """
    require(all(bill.worker_count > 0 for bill in bills), "A bill is about somebody.")
    require(all(amounts_of(bill).total_rupiah > 0 for bill in bills), "A bill is about money.")
    require(all(bill.month_run_id == run_id for bill in bills), "A bill is about its run.")
    for bill in bills:
        await uow.run(_ADD, *values(bill))


async def find(
    tx: Transaction,
    areas: Sequence[str],
    query: PageQuery | None = None,
    *,
    bill_id: UUID | None = None,
    run_id: UUID | None = None,
) -> list[Bill]:
    """Bills in ``areas``, in order of id: those of a page and one more, or one."""
    return records(Bill, await tx.fetch(_FIND, areas, bill_id, run_id, *IN_ORDER.bounds(query)))


async def line_of(tx: Transaction, bill_id: UUID) -> UUID | None:
    """The funding line of a bill, to be locked before the bill is; None if there is no such bill."""
    line_id: UUID | None = await tx.fetch_value(_LINE_OF, bill_id)
    return line_id


async def lock(tx: Transaction, bill_id: UUID) -> Bill:
    """Lock a bill that is known to exist. Its funding line is locked already where money moves."""
    return record(Bill, (await tx.fetch(_LOCK, bill_id))[0])


async def next_to_request(uow: UnitOfWork, job: str) -> Bill | None:
    """The oldest bill whose request file is not written and that ``job`` has not set aside, locked."""
    rows = await uow.fetch(_TO_REQUEST, job, uow.moment)
    return record(Bill, rows[0]) if rows else None


async def write_request_rows(tx: Transaction, bill_id: UUID, file: BufferedWriter) -> int:
    """Write the lines of a bill as CSV in order of worker, the same each time; gives how many.

    Group, month, worker, rupiah by programme: nothing that CSV would quote.
    """
    tag: str = await tx.raw.copy_from_query(_REQUEST_ROWS, bill_id, output=file, format="csv")
    return int(tag.rsplit(maxsplit=1)[-1])


async def mark_requested(uow: UnitOfWork, bill_id: UUID) -> None:
    """The request file is in the folder."""
    await uow.run(_REQUESTED, bill_id, uow.moment)


async def set_state(tx: Transaction, bill_id: UUID, state: BillState) -> None:
    """Set the state."""
    await tx.run(_SET_STATE, bill_id, state)


async def mark_billed(tx: Transaction, bill_id: UUID, kode_iuran: str, due_on: date) -> None:
    """BPJS has billed it."""
    await tx.run(_BILLED, bill_id, kode_iuran, due_on)


async def kode_iuran_used(tx: Transaction, kode_iuran: str) -> bool:
    """Whether a bill has this kode iuran already."""
    return bool(await tx.fetch_value(_KODE_USED, kode_iuran))


async def silent_since(tx: Transaction, moment: datetime) -> list[Bill]:
    """Bills requested before ``moment`` that BPJS has not answered, locked."""
    return records(Bill, await tx.fetch(_SILENT, moment))
