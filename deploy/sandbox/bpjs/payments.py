"""Payments: a kode iuran is paid once, in full, and every worker's month in it is confirmed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from typing import Final

from deploy.sandbox.bpjs.bills import BILLABLE, kode_iuran
from deploy.sandbox.bpjs.lists import LINES_AT_ONCE
from deploy.sandbox.bpjs.refusal import RefusedError
from deploy.sandbox.bpjs.request_file import RequestFile, whole_number
from deploy.sandbox.bpjs.state import State

PAYMENT_COLUMNS: Final = ("disbursement_id", "bill_id", "kode_iuran", "sp2d_number", "amount_rupiah", "paid_on")
CONFIRMATION_COLUMNS: Final = (
    "kode_iuran", "worker_ref", "month", "jkk_rupiah", "jkm_rupiah", "paid_on", "confirmed_on",
)  # fmt: skip


_CONFIRMED_LINES: Final = """
SELECT ?5 || line.worker_ref || ',' || line.month || ',' || jkk_rupiah || ',' || jkm_rupiah || ?6,
    jkk_rupiah + jkm_rupiah
FROM line CROSS JOIN paid ON paid.worker_ref = line.worker_ref AND paid.month = line.month
WHERE line.request = ?1 AND reason IS NULL AND position > ?2 AND position <= ?3 AND paid.request = ?4
ORDER BY position
"""


def receive_payment(state: State, request: int, reference: str, file: RequestFile) -> None:
    """Book the payment on its bill. Runs in the caller's transaction; raises RefusedError, then nothing is booked."""
    rows = list(file.rows())
    if len(rows) != 1:
        raise RefusedError("A payment file has one row; send one file for each payment.")
    disbursement_id, bill_id, kode, _, amount, paid_on = rows[0]
    amount_rupiah = whole_number(amount)
    if disbursement_id != reference:
        raise RefusedError("The payment in the file is not the one in its name; correct one of them.")
    if file.total_rupiah != amount_rupiah:
        raise RefusedError("The trailer's total is not the amount; correct it.")
    try:
        date.fromisoformat(paid_on)
    except ValueError:
        raise RefusedError("paid_on is written YYYY-MM-DD; correct it.") from None
    bill = _bill(state, bill_id, kode)
    billed_rupiah = bill["jkk_rupiah"] + bill["jkm_rupiah"]
    if bill["withdrawn"]:
        raise RefusedError("This kode iuran was withdrawn; pay the bill that came after it.")
    if bill["paid_by"] is not None:
        raise RefusedError("This kode iuran is paid by another payment; nothing is booked twice.")
    if amount_rupiah != billed_rupiah:
        raise RefusedError(f"The bill is {billed_rupiah} rupiah, the payment {amount_rupiah}; pay exactly the bill.")
    _book(state, request, bill, disbursement_id, paid_on)


def confirmation_answer(state: State, payment: int, lines: tuple[int, int], planned_on: str) -> Iterator[str]:
    """The confirmation of a payment's ``lines`` (after which position, to which), as the lines of a file."""
    bill, paid_on = bill_of_payment(state, payment)
    yield ",".join(CONFIRMATION_COLUMNS)
    count = total_rupiah = 0
    cursor = state.db.cursor()
    cursor.row_factory = None
    values = (bill["request"], *lines, payment, f"{kode_iuran(bill)},", f",{paid_on},{planned_on}")
    cursor.execute(_CONFIRMED_LINES, values)
    while rows := cursor.fetchmany(LINES_AT_ONCE):
        texts, rupiah = zip(*rows, strict=True)
        count += len(texts)
        total_rupiah += sum(rupiah)
        yield "\n".join(texts)
    yield f"TRAILER,{count},{total_rupiah}"


def bill_of_payment(state: State, request: int) -> tuple[sqlite3.Row, str]:
    """The bill that a payment was booked on, and the day of payment."""
    row = state.db.execute(
        "SELECT bill.*, payment.paid_on AS paid_on FROM payment JOIN bill ON bill.number = payment.bill"
        " WHERE payment.request = ?",
        (request,),
    ).fetchone()
    return row, row["paid_on"]


def _bill(state: State, bill_id: str, kode: str) -> sqlite3.Row:
    for bill in state.db.execute("SELECT * FROM bill WHERE bill_id = ?", (bill_id,)):
        if kode_iuran(bill) == kode:
            return bill  # type: ignore[no-any-return]
    raise RefusedError("No bill of this number has this kode iuran; copy it from the bill file.")


def _book(state: State, request: int, bill: sqlite3.Row, disbursement_id: str, paid_on: str) -> None:
    db = state.db
    db.execute("UPDATE bill SET paid_by = ? WHERE number = ?", (disbursement_id, bill["number"]))
    db.execute("INSERT INTO payment VALUES (?, ?, ?)", (request, bill["number"], paid_on))
    db.execute("UPDATE request SET rows = ? WHERE number = ?", (bill["last_position"] + 1, request))
    # The paid months only grow: if as many can be booked as were billed, they are the same ones.
    booked = db.execute(
        f"INSERT INTO paid SELECT worker_ref, month, ?3 {BILLABLE}",
        (bill["request"], bill["last_position"], request),
    )
    if booked.rowcount != bill["worker_count"]:
        raise RefusedError(
            "A worker's month in this bill is paid by another bill; send the bill request again for a new bill."
        )
