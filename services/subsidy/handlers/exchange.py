"""Files to and from BPJS: what is written comes from committed rows, what is read is recorded with its effect."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from services.subsidy import store
from services.subsidy.handlers.bills import BILL_SILENT, take_bill
from services.subsidy.handlers.payments import PAYMENT_SILENT, take_confirmation
from services.subsidy.rules import HOME_PROVINCE, Amounts, BillAnswer
from services.subsidy.store.cases import NewCase
from services.subsidy.store.files import ConfirmedRow, FileRecord
from shared.exchange import RecordsError, read_records
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month

FILE_REFUSED: Final = "file-refused"
REQUEST_COLUMNS: Final = ("group_id", "month", "worker_ref", "jkk_rupiah", "jkm_rupiah")
BILL_COLUMNS: Final = (
    "bill_id",
    "kode_iuran",
    "group_id",
    "month",
    "worker_count",
    "jkk_rupiah",
    "jkm_rupiah",
    "total_rupiah",
    "due_on",
)
PAYMENT_COLUMNS: Final = ("disbursement_id", "bill_id", "kode_iuran", "sp2d_number", "amount_rupiah", "paid_on")
CONFIRMATION_COLUMNS: Final = (
    "kode_iuran",
    "worker_ref",
    "month",
    "jkk_rupiah",
    "jkm_rupiah",
    "paid_on",
    "confirmed_on",
)
# Other refusals have a case of their bill or disbursement.
_NO_OTHER_CASE: Final = {"name-unknown", "name-used-for-other-content", "unreadable", "reference-unknown"}
_NAME = re.compile(r"(bill|confirmation)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:_[A-Za-z0-9-]{1,40})?\.csv")
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,15}", re.ASCII)


class Outgoing(NamedTuple):
    """A file to write: its name, columns, rows and total."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    total_rupiah: int


async def next_request(uow: UnitOfWork) -> Outgoing | None:
    """The oldest bill request that is not sent yet; marked as sent in this transaction. None if there is none.

    Its rows are frozen since the cut: written again after a crash, the file has the same name and bytes.
    """
    bill = await store.bills.next_to_request(uow)
    if bill is None:
        return None
    rows = [
        (str(bill.group_id), bill.month, row["worker_ref"], row["jkk_rupiah"], row["jkm_rupiah"])
        for row in await store.bills.request_rows(uow, bill.bill_id)
    ]
    await store.bills.mark_requested(uow, bill.bill_id)
    return Outgoing(f"bill-request_{bill.bill_id}.csv", REQUEST_COLUMNS, rows, bill.amounts.total_rupiah)


async def next_payment(uow: UnitOfWork) -> Outgoing | None:
    """The oldest payment order that is not sent yet; marked as sent in this transaction. None if there is none."""
    made = await store.disbursements.next_to_send(uow)
    if made is None:
        return None
    bill = await store.bills.lock(uow, made.bill_id)
    await store.disbursements.mark_sent(uow, made.disbursement_id)
    amount_rupiah = made.amounts.total_rupiah
    row = (made.disbursement_id, bill.bill_id, bill.kode_iuran, made.sp2d_number, amount_rupiah, made.instructed_on)
    return Outgoing(f"payment_{made.disbursement_id}.csv", PAYMENT_COLUMNS, [row], amount_rupiah)


async def file_state(name: str, content: bytes, uow: UnitOfWork) -> str | None:
    """What became of exactly this file; None if it is still to be received."""
    return await store.files.state_of(uow, name, _sha256(content))


async def receive(name: str, content: bytes, uow: UnitOfWork) -> str:
    """Take a file from BPJS, once, and remember it with its effect. Gives its state.

    What cannot be taken is refused and becomes a case; nothing of it has any effect.
    """
    sha256, file_id = _sha256(content), uow.ids.next()
    found = _NAME.fullmatch(name)
    kind, reference_id = (found[1], UUID(found[2])) if found else ("unknown", None)
    reason: str | None
    rows: list[dict[str, str]] = []
    total_rupiah = 0
    if reference_id is None:
        state, reason = "refused", "name-unknown"
    elif await store.files.name_used(uow, name):
        state, reason = "refused", "name-used-for-other-content"
    else:
        try:
            rows, total_rupiah = read_records(content, BILL_COLUMNS if kind == "bill" else CONFIRMATION_COLUMNS)
            if kind == "bill":
                state, reason = await take_bill(reference_id, _bill_answer(rows, total_rupiah), uow)
            else:
                confirmed = [_confirmed(row) for row in rows]
                state, reason = await take_confirmation(reference_id, file_id, confirmed, total_rupiah, uow)
        except RecordsError:
            state, reason = "refused", "unreadable"
    record = FileRecord(name, sha256, file_id, kind, reference_id, state, reason, len(rows), total_rupiah)
    await store.files.add(uow, record)
    if reason in _NO_OTHER_CASE:
        await _open_refusal(record, uow)
    return state


async def refuse(name: str, content: bytes, reason: str, uow: UnitOfWork) -> None:
    """Remember a file that cannot be taken at all, with a case."""
    record = FileRecord(name, _sha256(content), uow.ids.next(), "unknown", None, "refused", reason)
    await store.files.add(uow, record)
    await _open_refusal(record, uow)


async def notice_silence(patience_s: int, uow: UnitOfWork) -> int:
    """What BPJS has not answered for longer than ``patience_s``: its outcome is unknown and a case. Gives how many.

    Nothing is sent again: an answer that comes later is taken, and closes the case.
    """
    since = uow.moment - timedelta(seconds=patience_s)
    bills = await store.bills.silent_since(uow, since)
    for bill in bills:
        await store.bills.set_state(uow, bill.bill_id, "unknown")
        details: dict[str, int | str] = {"month": bill.month, "workers": bill.worker_count}
        case = NewCase(str(bill.bill_id), bill.region_code, details)
        await store.cases.open_cases(uow, BILL_SILENT, [case])
    orders = await store.disbursements.silent_since(uow, since)
    for order in orders:
        await store.disbursements.set_state(uow, order.disbursement_id, "unknown")
        details = {"bill_id": str(order.bill_id), "amount_rupiah": order.amounts.total_rupiah}
        case = NewCase(str(order.disbursement_id), order.region_code, details)
        await store.cases.open_cases(uow, PAYMENT_SILENT, [case])
    return len(bills) + len(orders)


async def _open_refusal(record: FileRecord, uow: UnitOfWork) -> None:
    details = {"reason": record.reason or "", "kind": record.kind, "sha256": record.sha256}
    subject = f"{record.name[:120]}|{record.sha256[:12]}"
    await store.cases.open_cases(uow, FILE_REFUSED, [NewCase(subject, HOME_PROVINCE, details)])


def _bill_answer(rows: Sequence[Mapping[str, str]], trailer_rupiah: int) -> BillAnswer:
    if len(rows) != 1:
        raise RecordsError("A bill file has one row. Ask the sender for one file per bill.")
    row = rows[0]
    return BillAnswer(
        bill_id=row["bill_id"],
        kode_iuran=row["kode_iuran"],
        group_id=row["group_id"],
        month=row["month"],
        worker_count=_whole(row["worker_count"]),
        amounts=Amounts(_whole(row["jkk_rupiah"]), _whole(row["jkm_rupiah"])),
        total_rupiah=_whole(row["total_rupiah"]),
        trailer_rupiah=trailer_rupiah,
        due_on=_day(row["due_on"]),
    )


def _confirmed(row: Mapping[str, str]) -> ConfirmedRow:
    try:
        worker_id = UUID(row["worker_ref"])
        month = str(Month.parse(row["month"]))
    except ValueError:
        raise RecordsError("A row names a worker or a month that is none. Ask the sender to correct it.") from None
    return ConfirmedRow(
        worker_id,
        row["kode_iuran"],
        month,
        _whole(row["jkk_rupiah"]),
        _whole(row["jkm_rupiah"]),
        _day(row["paid_on"]),
        _day(row["confirmed_on"]),
    )


def _whole(text: str) -> int:
    if not _AMOUNT.fullmatch(text):
        raise RecordsError("An amount or a count is not a whole number. Ask the sender to correct it.")
    return int(text)


def _day(text: str) -> date:
    wrong = "A day is not written YYYY-MM-DD. Ask the sender to correct it."
    if not _DAY.fullmatch(text):
        raise RecordsError(wrong)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RecordsError(wrong) from None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
