"""Bills: what BPJS is asked to bill for a group and month, line by line, and what it has billed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BufferedWriter
from typing import Any
from uuid import UUID

from services.subsidy.rules import Amounts, Expected, hold
from shared.database import Transaction
from shared.messaging.outbox import UnitOfWork

_COLUMNS = """
bill_id, month_run_id, funding_line_id, region_code, group_id, month, worker_count, jkk_rupiah, jkm_rupiah, state,
kode_iuran, bpjs_due_on, requested_at, created_by
"""
# Who has left before the month is not billed: the person may have died, or an employer pays.
_NOT_LEFT = """
NOT EXISTS (SELECT 1 FROM worker_view w WHERE w.worker_id = c.worker_id AND w.exited_version > w.enrolled_version
    AND (w.last_covered_month IS NULL OR w.last_covered_month < c.month))
"""
_UNBILLED = f"""
SELECT c.group_id, count(*) AS workers, sum(c.jkk_rupiah)::bigint AS jkk, sum(c.jkm_rupiah)::bigint AS jkm
FROM contribution c LEFT JOIN bill_line b USING (contribution_id)
WHERE c.month_run_id = $1 AND b.contribution_id IS NULL AND {_NOT_LEFT} GROUP BY c.group_id ORDER BY c.group_id
"""  # noqa: S608 - text of this file
_ADD = """
INSERT INTO bill (bill_id, month_run_id, funding_line_id, region_code, group_id, month, worker_count, jkk_rupiah,
    jkm_rupiah, state, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'cut', $10, $11)
"""
_ADD_LINES = f"""
INSERT INTO bill_line (bill_id, worker_id, contribution_id)
SELECT cut.bill_id, c.worker_id, c.contribution_id
FROM contribution c JOIN unnest($2::uuid[], $3::uuid[]) cut (bill_id, group_id) USING (group_id)
LEFT JOIN bill_line b USING (contribution_id)
WHERE c.month_run_id = $1 AND b.contribution_id IS NULL AND {_NOT_LEFT}
"""  # noqa: S608
_LINE_COUNTS = "SELECT bill_id, count(*) AS workers FROM bill_line WHERE bill_id = ANY ($1::uuid[]) GROUP BY bill_id"
_FIND = f"""
SELECT {_COLUMNS} FROM bill WHERE region_code ^@ ANY ($1::text[]) AND ($2::uuid IS NULL OR bill_id = $2)
AND ($3::uuid IS NULL OR month_run_id = $3) AND ($4::uuid IS NULL OR bill_id > $4) ORDER BY bill_id LIMIT $5
"""  # noqa: S608 - columns of this file
_LOCK = f"SELECT {_COLUMNS} FROM bill WHERE bill_id = $1 FOR UPDATE"  # noqa: S608
_LINE_OF = "SELECT funding_line_id FROM bill WHERE bill_id = $1"
_TO_REQUEST = f"SELECT {_COLUMNS} FROM bill WHERE state = 'cut' ORDER BY bill_id LIMIT 1 FOR UPDATE"  # noqa: S608
_REQUEST_ROWS = """
SELECT c.group_id, c.month, c.worker_id, c.jkk_rupiah, c.jkm_rupiah
FROM bill_line b JOIN contribution c USING (contribution_id) WHERE b.bill_id = $1 ORDER BY b.worker_id
"""
_REQUESTED = "UPDATE bill SET state = 'requested', requested_at = $2 WHERE bill_id = $1 AND state = 'cut'"
_SET_STATE = "UPDATE bill SET state = $2 WHERE bill_id = $1"
_BILLED = "UPDATE bill SET state = 'billed', kode_iuran = $2, bpjs_due_on = $3 WHERE bill_id = $1"
_KODE_USED = "SELECT count(*) > 0 FROM bill WHERE kode_iuran = $1"
_SILENT = f"""
SELECT {_COLUMNS} FROM bill WHERE state = 'requested' AND requested_at < $1 ORDER BY bill_id LIMIT 100
FOR UPDATE SKIP LOCKED
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill as it is kept."""

    bill_id: UUID
    month_run_id: UUID
    funding_line_id: UUID
    region_code: str
    group_id: UUID
    month: str
    worker_count: int
    amounts: Amounts
    state: str
    kode_iuran: str | None
    bpjs_due_on: date | None
    requested_at: datetime | None
    created_by: str

    @property
    def expected(self) -> Expected:
        """What BPJS has to bill."""
        return Expected(self.bill_id, self.group_id, self.month, self.worker_count, self.amounts)


async def unbilled(tx: Transaction, run_id: UUID) -> list[tuple[UUID, int, Amounts]]:
    """By group: how many assessed months of the run stand on no bill, and what they cost. Who has left is left out."""
    rows = await tx.fetch(_UNBILLED, run_id)
    return [(row["group_id"], row["workers"], Amounts(row["jkk"], row["jkm"])) for row in rows]


async def add(uow: UnitOfWork, run_id: UUID, bills: Sequence[Bill]) -> None:
    """Cut bills, one a group, over all unbilled months of a run."""
    for bill in bills:
        hold(bill.worker_count > 0, "A bill is about somebody.")
        hold(bill.amounts.total_rupiah > 0, "A bill is about money.")
        hold(bill.month_run_id == run_id, "A bill is about its run.")
        values = (bill.month, bill.worker_count, *bill.amounts, bill.created_by, uow.moment)
        head = (bill.bill_id, bill.month_run_id, bill.funding_line_id, bill.region_code, bill.group_id)
        await uow.run(_ADD, *head, *values)
    bill_ids = [bill.bill_id for bill in bills]
    await uow.run(_ADD_LINES, run_id, bill_ids, [bill.group_id for bill in bills])
    lines = {row["bill_id"]: row["workers"] for row in await uow.fetch(_LINE_COUNTS, bill_ids)}
    counted = {bill.bill_id: bill.worker_count for bill in bills}
    hold(lines == counted, "A bill has a line for each worker that it counts.")


async def find(
    tx: Transaction,
    areas: Sequence[str],
    *,
    bill_id: UUID | None = None,
    run_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 1,
) -> list[Bill]:
    """Bills in ``areas``, in order of id."""
    return [_bill(row) for row in await tx.fetch(_FIND, areas, bill_id, run_id, after, limit)]


async def line_of(tx: Transaction, bill_id: UUID) -> UUID | None:
    """The funding line of a bill, to be locked before the bill is; None if there is no such bill."""
    found: UUID | None = await tx.fetch_value(_LINE_OF, bill_id)
    return found


async def lock(tx: Transaction, bill_id: UUID) -> Bill:
    """Lock a bill that is known to exist. Its funding line is locked already where money moves."""
    return _bill((await tx.fetch(_LOCK, bill_id))[0])


async def next_to_request(tx: Transaction) -> Bill | None:
    """The oldest bill whose request file is not written, locked."""
    rows = await tx.fetch(_TO_REQUEST)
    return _bill(rows[0]) if rows else None


async def write_request_rows(tx: Transaction, bill_id: UUID, file: BufferedWriter) -> int:
    """Write the lines of a bill as CSV in order of worker, the same each time; gives how many.

    Group, month, worker, rupiah by programme: nothing that CSV would quote.
    """
    tag: str = await tx.raw.copy_from_query(_REQUEST_ROWS, bill_id, output=file, format="csv")
    return int(tag.rsplit(maxsplit=1)[-1])


async def mark_requested(uow: UnitOfWork, bill_id: UUID) -> None:
    """The request file is in the folder."""
    await uow.run(_REQUESTED, bill_id, uow.moment)


async def set_state(tx: Transaction, bill_id: UUID, state: str) -> None:
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
    return [_bill(row) for row in await tx.fetch(_SILENT, moment)]


def _bill(row: Any) -> Bill:
    values = dict(row.items())
    amounts = Amounts(values.pop("jkk_rupiah"), values.pop("jkm_rupiah"))
    return Bill(**values, amounts=amounts)
