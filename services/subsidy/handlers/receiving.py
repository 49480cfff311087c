"""Files from BPJS: taken once, by name and content, in pieces of bounded size.

A confirmation of a million rows is read over many short transactions, and how far it is read is committed with what
was read: a crash goes on from there. Nothing of it takes effect before its last piece, trailer and hash have been seen.
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import Final
from uuid import UUID

import structlog

from services.subsidy import store
from services.subsidy.handlers.bills import Outcome, take_bill
from services.subsidy.handlers.branch_files import FileKind, IncomingFiles
from services.subsidy.handlers.confirmations import match_confirmation
from services.subsidy.rules.cases import CaseKind
from services.subsidy.rules.states import FileState
from services.subsidy.rules.values import HOME_PROVINCE
from services.subsidy.store.cases import NewCase
from services.subsidy.tables import ExchangeFile
from shared.database import FailureKind, classify_failure
from shared.database.records import changed
from shared.exchange import REFUSED, Coming, ExchangeError, RecordsError, coming
from shared.invariants import require_some
from shared.messaging.outbox import UnitOfWork

log = structlog.get_logger(__name__)

FILES_PER_RUN: Final = 20
ROWS_PER_PIECE = 15_000
# Other refusals have a case of their bill or disbursement.
_NO_OTHER_CASE: Final = {
    *("name-unknown", "name-used-for-other-content", "unreadable", "reference-unknown", "changed", "failed"),
    *("too-large", "not-a-file", "not-readable"),
}


async def receive_next(uow: UnitOfWork, files: IncomingFiles) -> bool:
    """Take some of the files that wait, up to a piece of a large one. True if there is more to do at once."""
    rows = taken = 0
    for name in await files.waiting():
        if rows >= ROWS_PER_PIECE or taken == FILES_PER_RUN:
            return True
        with contextlib.suppress(FileNotFoundError):  # somebody has taken it away; there is nothing to decide
            read = await _receive(uow, files, name)
            if read is not None:
                rows, taken = rows + read, taken + 1
    return rows >= ROWS_PER_PIECE


async def _receive(uow: UnitOfWork, files: IncomingFiles, name: str) -> int | None:
    """Take one file, or put one away whose effect is committed. So a crash in between only looks at it again.

    Gives how many rows were read; None for a file with which nothing can be done now, which holds up no other.
    """
    file = await store.files.being_read(uow, name)
    if file is None:
        unreadable = None
        try:
            sha256 = await files.digest(name)
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
            return await _put_away(files, name, is_refused=states[sha256] == REFUSED)
        named = files.named(name)
        reason = unreadable or ("name-unknown" if named.kind is FileKind.UNKNOWN else None)
        if reason is None and meeting is Coming.NAME_REUSED:
            reason = meeting.value
        file = ExchangeFile(
            name=name,
            sha256=sha256,
            file_id=uow.ids.next(),
            kind=named.kind,
            reference_id=named.reference_id,
            state=FileState.REFUSED if reason else FileState.READING,
            reason=reason,
            rows=0,
            total_rupiah=0,
            received_at=uow.moment,
        )
    after = await _take(uow, files, file)
    if after.reason in _NO_OTHER_CASE:
        await _open_refusal(uow, after)
    return after.rows - file.rows


async def _put_away(files: IncomingFiles, name: str, *, is_refused: bool) -> int | None:
    try:
        await files.put_away(name, is_refused=is_refused)
    except OSError as error:
        log.warning("file_cannot_be_moved", file=name, error_type=type(error).__name__)
        return None
    return 0


async def _take(uow: UnitOfWork, files: IncomingFiles, file: ExchangeFile) -> ExchangeFile:
    """A file that fails for good holds up no other: it is refused and becomes a case."""
    reason = file.reason
    if file.state == FileState.READING:
        try:
            async with uow.savepoint():
                taken = await _take_piece(uow, files, file)
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
        await store.confirmations.end(uow, file.file_id, pays=False)
    refused = changed(file, state=FileState.REFUSED, reason=reason)
    await store.files.put(uow, refused)
    return refused


async def _take_piece(uow: UnitOfWork, files: IncomingFiles, file: ExchangeFile) -> ExchangeFile:
    """Read on; gives the file with what has become of it. Raises RecordsError."""
    reference_id = require_some(file.reference_id, "A file without a reference is refused by its name.")
    if file.kind == FileKind.CONFIRMATION:
        return await _read_confirmation(uow, files, file, reference_id)
    bill = await files.read_bill(file.name)
    outcome = await take_bill(uow, reference_id, bill.answer)
    return changed(file, **outcome._asdict(), rows=bill.rows, total_rupiah=bill.total_rupiah)


async def _read_confirmation(
    uow: UnitOfWork, files: IncomingFiles, file: ExchangeFile, disbursement_id: UUID
) -> ExchangeFile:
    keys = await store.disbursements.keys(uow, disbursement_id)
    if keys is None:
        return changed(file, state=FileState.REFUSED, reason="reference-unknown")
    await store.confirmations.expect(uow, file.file_id)
    (bill,) = await store.bills.find(uow, [""], bill_id=keys.bill_id)
    before = await store.confirmations.match(uow, file.file_id)
    piece = await files.read_confirmation(
        file.name, offset_bytes=before.offset_bytes, rows=before.rows, limit=ROWS_PER_PIECE
    )
    await store.confirmations.add(
        uow, file.file_id, bill, piece.said, first=before.rows, offset_bytes=piece.offset_bytes
    )
    if not piece.is_last:
        return changed(file, rows=piece.rows)
    if await files.digest(file.name) != file.sha256:
        outcome = Outcome(FileState.REFUSED, "changed")
    else:
        outcome = await match_confirmation(uow, disbursement_id, file.file_id, piece.total_rupiah)
    await store.confirmations.end(uow, file.file_id, pays=outcome.state is FileState.PAYING)
    return changed(file, **outcome._asdict(), rows=piece.rows, total_rupiah=piece.total_rupiah)


async def _open_refusal(uow: UnitOfWork, file: ExchangeFile) -> None:
    details = {"reason": file.reason or "", "kind": file.kind, "sha256": file.sha256}
    subject = f"{file.name[:120]}|{file.sha256[:12]}"
    await store.cases.open(uow, CaseKind.FILE_REFUSED, [NewCase(subject, HOME_PROVINCE, details)])
