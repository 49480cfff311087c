"""What BPJS's files say, row by row; a value that is not of its kind refuses the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from services.subsidy.rules.matching import BillAnswer
from services.subsidy.rules.values import Amounts
from services.subsidy.store.confirmations import Said
from shared.exchange import RecordReader, RecordsError
from shared.ids import fast_uuid
from shared.periods import Month

BILL_COLUMNS: Final = (
    *("bill_id", "kode_iuran", "group_id", "month", "worker_count", "jkk_rupiah", "jkm_rupiah", "total_rupiah"),
    "due_on",
)
CONFIRMATION_COLUMNS: Final = (
    *("kode_iuran", "worker_ref", "month", "jkk_rupiah", "jkm_rupiah", "paid_on", "confirmed_on"),
)
_WORKER: Final = 1  # the column of the worker; whatever else a row says, most rows say alike
_NAME: Final = re.compile(
    r"(bill|confirmation)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:_[A-Za-z0-9-]{1,40})?\.csv"
)
_DAY: Final = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)
_AMOUNT: Final = re.compile(r"[0-9]{1,15}", re.ASCII)


class Named(NamedTuple):
    """What a file is by its name: a bill or a confirmation, and what it refers to."""

    kind: str
    reference_id: UUID


def named(name: str) -> Named | None:
    """Read a file's name; None if it is none of those that BPJS sends."""
    found = _NAME.fullmatch(name)
    return Named(found[1], UUID(found[2])) if found else None


def bill_answer(reader: RecordReader) -> BillAnswer:
    """Read a bill file, which has one row. Raises RecordsError."""
    rows: list[list[str]] = []
    while not reader.ended and len(rows) < 2:
        rows += reader.read(2)
    if len(rows) != 1:
        raise RecordsError("A bill file has one row. Ask the sender for one file per bill.")
    row = dict(zip(BILL_COLUMNS, rows[0], strict=True))
    return BillAnswer(
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


def confirmed(rows: Iterable[Sequence[str]]) -> dict[Said, list[UUID]]:
    """What rows of a confirmation say, and of which workers: few say anything different. Raises RecordsError."""
    by_text: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        what = (row[0], *row[_WORKER + 1 :])
        workers = by_text.get(what)
        if workers is None:
            workers = by_text[what] = []
        workers.append(row[_WORKER])
    found: dict[Said, list[UUID]] = {}
    for texts, workers in by_text.items():  # an amount with a leading zero is the same amount
        found.setdefault(_said(*texts), []).extend(_identified(workers))
    return found


def _identified(workers: Sequence[str]) -> list[UUID]:
    try:
        return [fast_uuid(worker) for worker in workers]
    except ValueError:
        raise RecordsError("A row names a worker by what is no reference. Ask the sender to correct it.") from None


def _said(kode_iuran: str, month: str, jkk: str, jkm: str, paid_on: str, confirmed_on: str) -> Said:
    try:
        known_month = str(Month.parse(month))
    except ValueError:
        raise RecordsError("A row names a month that is none. Ask the sender to correct it.") from None
    return Said(kode_iuran, known_month, _whole(jkk), _whole(jkm), _day(paid_on), _day(confirmed_on))


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
