"""Bills: what the branch wants for a group's month, under a kode iuran that stands for exactly that amount."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

from deploy.sandbox.bpjs.lists import mark_duplicates
from deploy.sandbox.bpjs.refusal import RefusedError
from deploy.sandbox.bpjs.request_file import RequestFile, check_ref, whole_number
from deploy.sandbox.bpjs.state import State
from shared.business_calendar import BusinessCalendar
from shared.due_dates import DueDates, Segment
from shared.periods import Month

REQUEST_COLUMNS: Final = ("group_id", "month", "worker_ref", "jkk_rupiah", "jkm_rupiah")
BILL_COLUMNS: Final = (
    "bill_id", "kode_iuran", "group_id", "month", "worker_count", "jkk_rupiah", "jkm_rupiah", "total_rupiah", "due_on",
)  # fmt: skip
WRONG_BY_RUPIAH: Final = 16_800  # what a bill with a wrong total asks for beyond what is due: one worker's month


_REMEMBERED: Final = 1_000
_LINE: Final = """
INSERT INTO line (request, position, worker_ref, month, jkk_rupiah, jkm_rupiah) VALUES (?, ?, ?, ?, ?, ?)
"""
# Of a bill request: whose months can be billed, up to a position.
BILLABLE: Final = """
FROM line WHERE request = ?1 AND reason IS NULL AND position <= ?2
AND NOT EXISTS (SELECT 1 FROM paid WHERE paid.worker_ref = line.worker_ref AND paid.month = line.month)
"""


def receive_bill_request(state: State, request: int, file: RequestFile) -> None:
    """Store the request; workers that are no members, or named before, get a reason and will not be billed.

    Runs in the caller's transaction. Raises RefusedError.
    """
    db = state.db
    groups: set[tuple[str, str]] = set()
    db.executemany(_LINE, _lines(request, file, groups))
    sum_rupiah = state.count("SELECT sum(jkk_rupiah + jkm_rupiah) FROM line WHERE request = ?", request)
    if sum_rupiah != file.total_rupiah:
        raise RefusedError(f"The trailer says {file.total_rupiah} rupiah, the rows make {sum_rupiah}; correct it.")
    if len(groups) != 1:
        raise RefusedError("A bill is for one group and one month; send one file for each.")
    group_id, month = groups.pop()
    try:
        Month.parse(month)
    except ValueError:
        raise RefusedError("A month is written YYYY-MM; correct it.") from None
    db.execute("UPDATE request SET group_id = ? WHERE number = ?", (group_id, request))
    mark_duplicates(state, request)
    db.execute(
        "UPDATE line SET reason = 'not-a-member' WHERE request = ? AND reason IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM member WHERE member.worker_ref = line.worker_ref)",
        (request,),
    )
    if not has_unpaid(state, request, file.count - 1):
        raise RefusedError("Nobody in this request is an unpaid member; send the group's list first, or look again.")


def has_unpaid(state: State, request: int, last_position: int) -> bool:
    """Whether anybody in the request is still to be billed."""
    return state.count(f"SELECT EXISTS (SELECT 1 {BILLABLE})", request, last_position) > 0


def make_bill(state: State, request: sqlite3.Row, answer: int, last_position: int, extra_rupiah: int) -> None:
    """Issue a bill for the request's lines up to ``last_position``; earlier bills of the request are withdrawn."""
    db = state.db
    first = db.execute("SELECT month FROM line WHERE request = ? LIMIT 1", (request["number"],)).fetchone()
    sums = db.execute(
        f"SELECT count(*) AS workers, sum(jkk_rupiah) AS jkk, sum(jkm_rupiah) AS jkm {BILLABLE}",
        (request["number"], last_position),
    ).fetchone()
    db.execute("UPDATE bill SET withdrawn = 1 WHERE request = ? AND paid_by IS NULL", (request["number"],))
    db.execute(
        "INSERT INTO bill (request, answer, bill_id, group_id, month, due_on, last_position, worker_count, jkk_rupiah,"
        " jkm_rupiah) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            request["number"],
            answer,
            request["reference"],
            request["group_id"],
            first["month"],
            _due_on(Month.parse(first["month"])),
            last_position,
            sums["workers"],
            sums["jkk"],
            sums["jkm"] + extra_rupiah,
        ),
    )


def bill_answer(bill: sqlite3.Row) -> tuple[object, ...]:
    """The one row of a bill file."""
    total_rupiah = bill["jkk_rupiah"] + bill["jkm_rupiah"]
    return (
        bill["bill_id"],
        kode_iuran(bill),
        bill["group_id"],
        bill["month"],
        bill["worker_count"],
        bill["jkk_rupiah"],
        bill["jkm_rupiah"],
        total_rupiah,
        bill["due_on"],
    )


def kode_iuran(bill: sqlite3.Row) -> str:
    """12 digits: month and the bill's number."""
    month = Month.parse(bill["month"])
    return f"{month.year % 100:02d}{month.month:02d}{bill['number']:08d}"


def _lines(request: int, file: RequestFile, groups: set[tuple[str, str]]) -> Iterator[tuple[object, ...]]:
    amounts = _Amounts()  # a million lines, a handful of amounts
    latest: tuple[str, str] | None = None
    for position, (group_id, month, worker_ref, jkk, jkm) in enumerate(file.rows()):
        if (group_id, month) != latest:
            latest = (group_id, month)
            if len(groups) < 2:
                groups.add(latest)
        check_ref(worker_ref)
        yield request, position, worker_ref, month, amounts[jkk], amounts[jkm]


class _Amounts(dict[str, int]):
    def __missing__(self, text: str) -> int:
        amount = whole_number(text)
        if len(self) < _REMEMBERED:
            self[text] = amount
        return amount


def _due_on(month: Month) -> str:
    """The 15th of the month itself for BPU, or the next working day."""
    try:
        return DueDates(BusinessCalendar(estimates_allowed=True)).due_date(month, Segment.BPU).isoformat()
    except LookupError:
        return month.day(15).isoformat()
