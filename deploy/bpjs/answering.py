"""Decides what of a request is answered now, and writes the answer; first in the branch's memory, then in the folder.

An answer is planned in one transaction and written after it. A kill between the two only makes the next start write
it; its name and bytes are those of the plan.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Final

from deploy.bpjs.bills import BILL_COLUMNS, WRONG_BY_RUPIAH, bill_answer, has_unpaid, make_bill
from deploy.bpjs.control import Behaviour, Mode
from deploy.bpjs.crash import crash_point
from deploy.bpjs.desk import Desk
from deploy.bpjs.lists import ANSWER_COLUMNS, list_answer
from deploy.bpjs.payments import CONFIRMATION_COLUMNS, bill_of_payment, confirmation_answer
from deploy.bpjs.state import State
from shared.exchange import write_records

LIST, BILL_REQUEST, PAYMENT = "group-list", "bill-request", "payment"
_ANSWER_KINDS: Final = {LIST: "group-answer", BILL_REQUEST: "bill", PAYMENT: "confirmation"}


def mode_for(kind: str, behaviour: Behaviour) -> Mode:
    """How requests of ``kind`` are answered now."""
    modes = {LIST: behaviour.group_answer, BILL_REQUEST: behaviour.bill, PAYMENT: behaviour.confirmation}
    return modes[kind]


def plan_answers(state: State, behaviour: Behaviour, now_s: float, today: str) -> int:
    """Plan what the behaviour lets out now for every request that is owed something. Gives the number of answers."""
    planned = 0
    for request in state.db.execute("SELECT * FROM request WHERE owed = 1 ORDER BY number").fetchall():
        mode = mode_for(request["kind"], behaviour)
        waits = mode is Mode.DELAY and now_s - request["received_at_s"] < behaviour.delay_s
        # Half an answer, or a wrong one, comes once; the rest waits for better days.
        given = mode in (Mode.PARTIAL, Mode.WRONG_TOTAL) and request["answers"] > 0
        if mode is Mode.NEVER or waits or given:
            continue
        with state.transaction():
            planned += _plan(state, request, mode, behaviour.share, today)
        crash_point("after_plan_commit")
    return planned


def _plan(state: State, request: sqlite3.Row, mode: Mode, share: float, today: str) -> int:
    if request["kind"] == BILL_REQUEST and not has_unpaid(state, request["number"]):
        state.db.execute("UPDATE request SET owed = 0 WHERE number = ?", (request["number"],))
        return 0
    open_lines = state.count("SELECT count(*) FROM line WHERE request = ? AND answer IS NULL", request["number"])
    wanted = int(open_lines * share) if mode is Mode.PARTIAL else open_lines
    if wanted == 0:
        return 0
    last_position = state.count(
        "SELECT position FROM line WHERE request = ? AND answer IS NULL ORDER BY position LIMIT 1 OFFSET ?",
        request["number"],
        wanted - 1,
    )
    spoiled = mode is Mode.WRONG_TOTAL
    answer = _insert(state, request, today, spoiled=spoiled)
    complete = not spoiled
    if request["kind"] == BILL_REQUEST:
        make_bill(state, request, answer, last_position, WRONG_BY_RUPIAH if spoiled else 0)
        complete = complete and wanted == open_lines  # half a bill is replaced by a whole one, not added to
    if complete:
        state.db.execute(
            "UPDATE line SET answer = ? WHERE request = ? AND answer IS NULL AND position <= ?",
            (answer, request["number"], last_position),
        )
    if mode is Mode.DUPLICATE:
        _insert(state, request, today, copy_of=answer)
    state.db.execute(
        "UPDATE request SET owed = EXISTS (SELECT 1 FROM line WHERE request = ?1 AND answer IS NULL) WHERE number = ?1",
        (request["number"],),
    )
    return 2 if mode is Mode.DUPLICATE else 1


def _insert(
    state: State, request: sqlite3.Row, today: str, *, spoiled: bool = False, copy_of: int | None = None
) -> int:
    """A new answer of the request, named after it: the first plainly, the others with a number."""
    state.db.execute("UPDATE request SET answers = answers + 1 WHERE number = ?", (request["number"],))
    number = state.count("SELECT answers FROM request WHERE number = ?", request["number"])
    suffix = "" if number == 1 else f"_{number}"
    name = f"{_ANSWER_KINDS[request['kind']]}_{request['reference']}{suffix}.csv"
    inserted = state.db.execute(
        "INSERT INTO answer (request, name, planned_on, spoiled, copy_of) VALUES (?, ?, ?, ?, ?)",
        (request["number"], name, today, spoiled, copy_of),
    )
    return int(inserted.lastrowid or 0)


def write_answers(state: State, desks: Mapping[str, Desk]) -> Iterator[tuple[str, str]]:
    """Write every planned answer that is not known to be written. Gives service and file name of each."""
    waiting = state.db.execute(
        "SELECT answer.*, request.service AS service, request.kind AS kind FROM answer"
        " JOIN request ON request.number = answer.request WHERE written = 0 ORDER BY answer.number"
    ).fetchall()
    for answer in waiting:
        desks[answer["service"]].put(answer["name"], _content(state, answer))
        with state.transaction() as db:
            db.execute("UPDATE answer SET written = 1 WHERE number = ?", (answer["number"],))
        yield answer["service"], answer["name"]


def _content(state: State, answer: sqlite3.Row) -> Iterator[str]:
    original = answer["copy_of"] or answer["number"]
    if answer["kind"] == BILL_REQUEST:
        bill = state.db.execute("SELECT * FROM bill WHERE answer = ?", (original,)).fetchone()
        row = bill_answer(bill)
        return write_records(BILL_COLUMNS, [row], total_rupiah=bill["jkk_rupiah"] + bill["jkm_rupiah"])
    # What a spoiled answer holds was open when it was planned: it is open still, or answered by a later one.
    scope = f"request = ?1 AND {'(answer IS NULL OR answer > ?2)' if answer['spoiled'] else 'answer = ?2'}"
    values = (int(answer["request"]), int(original))
    if answer["kind"] == LIST:
        content = write_records(ANSWER_COLUMNS, list_answer(state, scope, values, answer["planned_on"]))
    else:
        total_rupiah = state.count(f"SELECT sum(jkk_rupiah + jkm_rupiah) FROM line WHERE {scope}", *values)  # noqa: S608 - our own texts
        bill, paid_on = bill_of_payment(state, answer["request"])
        rows = confirmation_answer(state, scope, values, bill, (paid_on, answer["planned_on"]))
        content = write_records(CONFIRMATION_COLUMNS, rows, total_rupiah=total_rupiah)
    return _with_wrong_trailer(content) if answer["spoiled"] else content


def _with_wrong_trailer(lines: Iterator[str]) -> Iterator[str]:
    """The lines, with a trailer that counts one row too many and as much too much."""
    for line in lines:
        if line.startswith("TRAILER,"):
            name, count, total = line.split(",")
            yield f"{name},{int(count) + 1},{int(total) + WRONG_BY_RUPIAH}"
        else:
            yield line
