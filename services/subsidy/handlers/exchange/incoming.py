"""Files from BPJS: taken once, by name and content, in pieces of bounded size.

A confirmation of a million rows is read over many short transactions, and how far it is read is committed with what
was read: a crash goes on from there. Nothing of it takes effect before its last piece, trailer and hash have been seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from typing import Final
from uuid import UUID

import structlog

from services.subsidy import store
from services.subsidy.handlers.bills import take_bill
from services.subsidy.handlers.confirming import conclude
from services.subsidy.handlers.exchange.content import (
    BILL_COLUMNS,
    CONFIRMATION_COLUMNS,
    bill_answer,
    confirmed,
    named,
)
from services.subsidy.rules.cases import CaseKind
from services.subsidy.rules.values import HOME_PROVINCE
from services.subsidy.store.cases import NewCase
from services.subsidy.store.files import FileRecord
from shared.database import FailureKind, classify_failure
from shared.exchange import REFUSED, Coming, Exchange, ExchangeError, RecordReader, RecordsError, coming
from shared.messaging.outbox import UnitOfWork

log = structlog.get_logger(__name__)

FILES_PER_RUN: Final = 20
ROWS_PER_PIECE = 15_000
# Other refusals have a case of their bill or disbursement.
_NO_OTHER_CASE: Final = {
    *("name-unknown", "name-used-for-other-content", "unreadable", "reference-unknown", "changed", "failed"),
    *("too-large", "not-a-file", "not-readable"),
}


async def receive_next(uow: UnitOfWork, folder: Exchange) -> bool:
    """Take some of the files that wait, up to a piece of a large one. True if there is more to do at once."""
    rows = files = 0
    for name in await asyncio.to_thread(folder.incoming):
        if rows >= ROWS_PER_PIECE or files == FILES_PER_RUN:
            return True
        with contextlib.suppress(FileNotFoundError):  # somebody has taken it away; there is nothing to decide
            read = await _receive(uow, folder, name)
            if read is not None:
                rows, files = rows + read, files + 1
    return rows >= ROWS_PER_PIECE


async def _receive(uow: UnitOfWork, folder: Exchange, name: str) -> int | None:
    """Take one file, or put one away whose effect is committed. So a crash in between only looks at it again.

    Gives how many rows were read; None for a file with which nothing can be done now, which holds up no other.
    """
    record = await store.files.being_read(uow, name)
    if record is None:
        unreadable = None
        try:
            sha256 = await asyncio.to_thread(folder.digest, name)
        except ExchangeError as error:
            # It is not read: its name stands for its content.
            sha256, unreadable = hashlib.sha256(name.encode()).hexdigest(), error.reason
        except FileNotFoundError:
            raise
        except OSError as error:
            log.warning("file_cannot_be_read_now", file=name, error_type=type(error).__name__)
            return None
        states = await store.files.states_by_content(uow, name)
        meeting = coming(sha256, states)
        if meeting is Coming.AGAIN:
            return await _put_away(folder, name, is_refused=states[sha256] == REFUSED)
        record = _registered(uow, name, sha256, unreadable, meeting)
    before = record.rows
    record = await _take(uow, folder, record)
    if record.reason in _NO_OTHER_CASE:
        await _open_refusal(uow, record)
    return record.rows - before


async def _put_away(folder: Exchange, name: str, *, is_refused: bool) -> int | None:
    try:
        await asyncio.to_thread(folder.archive, name, refused=is_refused)
    except OSError as error:
        log.warning("file_cannot_be_moved", file=name, error_type=type(error).__name__)
        return None
    return 0


def _registered(uow: UnitOfWork, name: str, sha256: str, unreadable: str | None, meeting: Coming) -> FileRecord:
    """A file that was not seen before; refused already if its name or size says so."""
    what = named(name)
    reason = unreadable
    if reason is None and what is None:
        reason = "name-unknown"
    elif reason is None and meeting is Coming.NAME_REUSED:
        reason = meeting.value
    kind, reference_id = (what.kind, what.reference_id) if what else ("unknown", None)
    return FileRecord(name, sha256, uow.ids.next(), kind, reference_id, REFUSED if reason else "reading", reason)


async def _take(uow: UnitOfWork, folder: Exchange, record: FileRecord) -> FileRecord:
    """A file that fails for good holds up no other: it is refused and becomes a case."""
    reason = record.reason
    if record.state == "reading":
        try:
            async with uow.savepoint():
                taken = await _take_piece(uow, folder, record)
                await store.files.put(uow, taken)
                return taken
        except RecordsError:
            reason = "unreadable"
        except FileNotFoundError:
            raise
        except Exception as error:
            if classify_failure(error) is FailureKind.TRANSIENT:
                raise
            log.exception("file_failed", exc_info=error)
            reason = "failed"
        await store.confirmations.end(uow, record.file_id, pays=False)
    refused = record._replace(state="refused", reason=reason)
    await store.files.put(uow, refused)
    return refused


async def _take_piece(uow: UnitOfWork, folder: Exchange, record: FileRecord) -> FileRecord:
    """Read on; gives the record with what has become of the file. Raises RecordsError."""
    if record.kind == "confirmation":
        return await _read_confirmation(uow, folder, record)
    with folder.open(record.name) as file:
        reader = RecordReader(file, BILL_COLUMNS)
        answer = await asyncio.to_thread(bill_answer, reader)
    state, reason = await take_bill(uow, _reference(record), answer)
    return record._replace(state=state, reason=reason, rows=reader.count, total_rupiah=reader.total_rupiah)


async def _read_confirmation(uow: UnitOfWork, folder: Exchange, record: FileRecord) -> FileRecord:
    keys = await store.disbursements.keys(uow, _reference(record))
    if keys is None:
        return record._replace(state="refused", reason="reference-unknown")
    await store.confirmations.expect(uow, record.file_id)
    (bill,) = await store.bills.find(uow, [""], bill_id=keys[1])
    known = await store.confirmations.match(uow, record.file_id)
    with folder.open(record.name) as file:
        reader = RecordReader(file, CONFIRMATION_COLUMNS, offset=known.offset_bytes, count=known.rows)
        rows = await asyncio.to_thread(reader.read, ROWS_PER_PIECE)
    said = await asyncio.to_thread(confirmed, rows)
    read = (known.rows, reader.offset)
    await store.confirmations.add(uow, record.file_id, (bill.bill_id, bill.kode_iuran), said, read)
    record = record._replace(rows=reader.count)
    if not reader.ended:
        return record
    state: str
    reason: str | None
    if await asyncio.to_thread(folder.digest, record.name) != record.sha256:
        state, reason = "refused", "changed"
    else:
        state, reason = await conclude(uow, _reference(record), record.file_id, reader.total_rupiah)
    await store.confirmations.end(uow, record.file_id, pays=state == "paying")
    return record._replace(state=state, reason=reason, total_rupiah=reader.total_rupiah)


def _reference(record: FileRecord) -> UUID:
    if record.reference_id is None:
        raise ValueError("A file without a reference is refused by its name.")
    return record.reference_id


async def _open_refusal(uow: UnitOfWork, record: FileRecord) -> None:
    details = {"reason": record.reason or "", "kind": record.kind, "sha256": record.sha256}
    subject = f"{record.name[:120]}|{record.sha256[:12]}"
    await store.cases.open_cases(uow, CaseKind.FILE_REFUSED, [NewCase(subject, HOME_PROVINCE, details)])
