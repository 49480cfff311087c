"""The files of the BPJS branch: how they are named, what their rows say, and where they lie.

A value that is not of its kind refuses the file.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date
from io import BufferedWriter
from typing import Final
from uuid import UUID

from services.subsidy.handlers.branch_files import BillFile, ConfirmationPiece, FileKind, Named
from services.subsidy.rules.matching import ReceivedBill
from services.subsidy.rules.values import Amounts, amounts_of
from services.subsidy.store.confirmations import Said
from services.subsidy.tables import Bill, Disbursement
from shared.exchange import Exchange, RecordReader, RecordsError, header_line, trailer_line, write_records
from shared.ids import fast_uuid
from shared.periods import Month

BILL_COLUMNS: Final = (
    *("bill_id", "kode_iuran", "group_id", "month", "worker_count", "jkk_rupiah", "jkm_rupiah", "total_rupiah"),
    "due_on",
)
REQUEST_COLUMNS: Final = ("group_id", "month", "worker_ref", "jkk_rupiah", "jkm_rupiah")
PAYMENT_COLUMNS: Final = ("disbursement_id", "bill_id", "kode_iuran", "sp2d_number", "amount_rupiah", "paid_on")
CONFIRMATION_COLUMNS: Final = (
    *("kode_iuran", "worker_ref", "month", "jkk_rupiah", "jkm_rupiah", "paid_on", "confirmed_on"),
)
_NAME: Final = re.compile(
    r"(?P<kind>bill|confirmation)_(?P<reference>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:_[A-Za-z0-9-]{1,40})?\.csv"
)
_DAY: Final = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)
_AMOUNT: Final = re.compile(r"[0-9]{1,15}", re.ASCII)


class BranchFolder:
    """The folder that is shared with the branch: out/ holds what it is sent, in/ what it sends."""

    def __init__(self, folder: Exchange) -> None:
        self._folder = folder

    async def waiting(self) -> list[str]:
        """See `IncomingFiles`, as for the others."""
        return await asyncio.to_thread(self._folder.incoming)

    def named(self, name: str) -> Named:
        """By a pattern that leaves room for a suffix, with which a corrected file comes."""
        match = _NAME.fullmatch(name)
        return Named(FileKind(match["kind"]), UUID(match["reference"])) if match else Named(FileKind.UNKNOWN, None)

    async def digest(self, name: str) -> str:
        """Read in a thread, as all that takes time."""
        return await asyncio.to_thread(self._folder.digest, name)

    async def put_away(self, name: str, *, is_refused: bool) -> None:
        """Into the folder of what was taken, or refused."""
        await asyncio.to_thread(self._folder.archive, name, refused=is_refused)

    async def read_bill(self, name: str) -> BillFile:
        """A bill has one row."""
        with self._folder.open(name) as file:
            reader = RecordReader(file, BILL_COLUMNS)
            answer = await asyncio.to_thread(_bill_answer, reader)
        return BillFile(answer, reader.count, reader.total_rupiah)

    async def read_confirmation(self, name: str, *, offset_bytes: int, rows: int, limit: int) -> ConfirmationPiece:
        """Rows that say the same are put together as they are read."""
        with self._folder.open(name) as file:
            reader = RecordReader(file, CONFIRMATION_COLUMNS, offset=offset_bytes, count=rows)
            said = await asyncio.to_thread(lambda: _said_by_rows(reader.read(limit)))
        return ConfirmationPiece(said, reader.count, reader.offset, reader.ended, reader.total_rupiah)

    async def write_request(
        self, bill_id: UUID, total_rupiah: int, write_rows: Callable[[BufferedWriter], Awaitable[int]]
    ) -> None:
        """The database writes the rows itself."""
        async with self._folder.writing(f"bill-request_{bill_id}.csv") as file:
            file.write(header_line(REQUEST_COLUMNS))
            count = await write_rows(file)
            file.write(trailer_line(count, total_rupiah))

    async def write_payment(self, disbursement: Disbursement, bill: Bill) -> None:
        """One row, as ordered by the SP2D."""
        amount_rupiah = amounts_of(disbursement).total_rupiah
        order = (bill.kode_iuran, disbursement.sp2d_number, amount_rupiah, disbursement.instructed_on)
        rows = [(disbursement.disbursement_id, bill.bill_id, *order)]
        async with self._folder.writing(f"payment_{disbursement.disbursement_id}.csv") as file:
            for line in write_records(PAYMENT_COLUMNS, rows, total_rupiah=amount_rupiah):
                file.write(f"{line}\n".encode())


def _bill_answer(reader: RecordReader) -> ReceivedBill:
    rows: list[list[str]] = []
    while not reader.ended and len(rows) < 2:
        rows += reader.read(2)
    if len(rows) != 1:
        raise RecordsError("A bill file has one row. Ask the sender for one file per bill.")
    row = dict(zip(BILL_COLUMNS, rows[0], strict=True))
    return ReceivedBill(
        bill_id=row["bill_id"],
        kode_iuran=row["kode_iuran"],
        group_id=row["group_id"],
        month=row["month"],
        worker_count=_whole(row["worker_count"]),
        amounts=Amounts(_whole(row["jkk_rupiah"]), _whole(row["jkm_rupiah"])),
        total_rupiah=_whole(row["total_rupiah"]),
        trailer_rupiah=reader.total_rupiah,
        due_on=_day(row["due_on"]),
    )


def _said_by_rows(rows: Iterable[Sequence[str]]) -> dict[Said, list[UUID]]:
    """What rows of a confirmation say, and of which workers: few say anything different."""
    workers_by_texts: dict[tuple[str, ...], list[str]] = {}
    for kode_iuran, worker, *rest in rows:
        texts = (kode_iuran, *rest)
        workers = workers_by_texts.get(texts)
        if workers is None:
            workers = workers_by_texts[texts] = []
        workers.append(worker)
    workers_by_said: dict[Said, list[UUID]] = {}
    for texts, workers in workers_by_texts.items():  # an amount with a leading zero is the same amount
        workers_by_said.setdefault(_said(*texts), []).extend(_identified(workers))
    return workers_by_said


def _identified(workers: Sequence[str]) -> list[UUID]:
    try:
        return [fast_uuid(worker) for worker in workers]
    except ValueError:
        raise RecordsError("A row names a worker by what is no reference. Ask the sender to correct it.") from None


def _said(kode_iuran: str, month: str, jkk: str, jkm: str, paid_on: str, confirmed_on: str) -> Said:
    try:
        parsed = str(Month.parse(month))
    except ValueError:
        raise RecordsError("A row names a month that is none. Ask the sender to correct it.") from None
    return Said(kode_iuran, parsed, _whole(jkk), _whole(jkm), _day(paid_on), _day(confirmed_on))


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
