"""Decides what of a request is answered now, and writes the answer; first in the branch's memory, then in the folder.

An answer is planned in one transaction and written after it. A kill between the two only makes the next start write
it; its name and bytes are those of the plan.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Final

from deploy.sandbox.bpjs.bills import BILL_COLUMNS, WRONG_BY_RUPIAH, bill_answer, has_unpaid, make_bill
from deploy.sandbox.bpjs.control import Behaviour, Mode
from deploy.sandbox.bpjs.crash import crash_point
from deploy.sandbox.bpjs.desk import Desk
from deploy.sandbox.bpjs.lists import list_answer
from deploy.sandbox.bpjs.payments import confirmation_answer
from deploy.sandbox.bpjs.state import State
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
    number, answered_to, last = request["number"], request["answered_to"], request["rows"] - 1
    if request["kind"] == BILL_REQUEST and not has_unpaid(state, number, last):
        state.db.execute("UPDATE request SET owed = 0 WHERE number = ?", (number,))
        return 0
    to = answered_to + int((last - answered_to) * share) if mode is Mode.PARTIAL else last
    if to <= answered_to:
        return 0
    spoiled = mode is Mode.WRONG_TOTAL
    answer = _insert(state, number, today, (answered_to, to), spoiled=spoiled)
    complete = not spoiled
    if request["kind"] == BILL_REQUEST:
        make_bill(state, request, answer, to, WRONG_BY_RUPIAH if spoiled else 0)
        complete = complete and to == last  # half a bill is replaced by a whole one, not added to
    if complete:
        state.db.execute("UPDATE request SET answered_to = ?, owed = ? WHERE number = ?", (to, to < last, number))
    if mode is Mode.DUPLICATE:
        _insert(state, number, today, (answered_to, to), copy_of=answer)
    return 2 if mode is Mode.DUPLICATE else 1


def _insert(
    state: State,
    request: int,
    today: str,
    lines: tuple[int, int],
    *,
    spoiled: bool = False,
    copy_of: int | None = None,
) -> int:
    """A new answer to ``lines`` of the request, named after it: the first plainly, the others with a number."""
    state.db.execute("UPDATE request SET answers = answers + 1 WHERE number = ?", (request,))
    row = state.db.execute("SELECT kind, reference, answers FROM request WHERE number = ?", (request,)).fetchone()
    suffix = "" if row["answers"] == 1 else f"_{row['answers']}"
    name = f"{_ANSWER_KINDS[row['kind']]}_{row['reference']}{suffix}.csv"
    inserted = state.db.execute(
        "INSERT INTO answer (request, name, planned_on, after_position, to_position, spoiled, copy_of)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (request, name, today, *lines, spoiled, copy_of),
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
    lines = (answer["after_position"], answer["to_position"])
    if answer["kind"] == BILL_REQUEST:
        original = answer["copy_of"] or answer["number"]
        bill = state.db.execute("SELECT * FROM bill WHERE answer = ?", (original,)).fetchone()
        row = bill_answer(bill)
        return write_records(BILL_COLUMNS, [row], total_rupiah=bill["jkk_rupiah"] + bill["jkm_rupiah"])
    if answer["kind"] == LIST:
        content = list_answer(state, (answer["request"], *lines), answer["planned_on"])
    else:
        content = confirmation_answer(state, answer["request"], lines, answer["planned_on"])
    return _with_wrong_trailer(content) if answer["spoiled"] else content


def _with_wrong_trailer(lines: Iterator[str]) -> Iterator[str]:
    """The lines, with a trailer that counts one row too many and as much too much."""
    for line in lines:
        if line.startswith("TRAILER,"):
            name, count, total = line.split(",")
            yield f"{name},{int(count) + 1},{int(total) + WRONG_BY_RUPIAH}"
        else:
            yield line
