"""Check lists: NIKs of the deceased and of wage workers, kept as tokens only."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from services.enrolment import store
from services.enrolment.handlers.rosters import CHUNK_BYTES, Upload
from services.enrolment.handlers.sealing import Sealing
from services.enrolment.rules.cases import CaseKind
from services.enrolment.rules.roster.header import name_columns
from services.enrolment.rules.states import CheckListKind
from services.enrolment.store.cases import NewCase
from services.enrolment.tables import CheckList
from shared import audit
from shared.database.records import record
from shared.identity.nik import NikRefusedError, parse_nik
from shared.messaging.outbox import UnitOfWork
from shared.sheets.content import Inspector
from shared.sheets.csv_reader import CsvReader
from shared.sheets.refusals import FileRefusal, FileRefusedError

_COLUMN: Final = "nik"
_CASE_OF_LIST: Final = {
    CheckListKind.DECEASED: CaseKind.ON_LIST_DECEASED,
    CheckListKind.WAGE_WORKER: CaseKind.ON_LIST_WAGE_WORKER,
}


async def add_check_list(
    uow: UnitOfWork, upload: Upload, kind: CheckListKind, uploaded_by: str, sealing: Sealing
) -> CheckList:
    """Add the NIKs of a CSV file. Verified people whom it names become cases. Raises FileRefusedError."""
    check_list_id = uow.ids.next()
    reader = CsvReader(await _encoding(upload))
    rows = refused = added = 0
    place: int | None = None
    await store.check_lists.lock(uow)
    await upload.seek(0)
    chunk = await upload.read(CHUNK_BYTES)
    while chunk:
        following = await upload.read(CHUNK_BYTES)
        records = await asyncio.to_thread(reader.feed, chunk, is_last=not following)
        cells = [cells for _, cells in records if any(cell.strip() for cell in cells)]
        if place is None and cells:
            place = name_columns(cells.pop(0), [_COLUMN]).index(_COLUMN)
        tokens = await asyncio.to_thread(_tokens, sealing, cells, place or 0)
        rows, refused = rows + len(cells), refused + len(cells) - len(tokens)
        added += await store.check_lists.add_tokens(uow, kind, tokens, check_list_id)
        chunk = following
    check_list = record(
        CheckList,
        {
            "check_list_id": check_list_id,
            "kind": kind,
            "rows": rows,
            "refused_rows": refused,
            "added": added,
            "uploaded_by": uploaded_by,
            "uploaded_at": uow.moment,
        },
    )
    await store.check_lists.add(uow, check_list)
    named = await store.check_lists.find_verified_people(uow, check_list_id)
    await store.cases.open(uow, [NewCase(_CASE_OF_LIST[kind], str(worker), worker) for worker in named])
    details: dict[str, str | int | None] = {"kind": kind, "rows": rows, "added": added}
    await audit.record(uow, uow.moment, uploaded_by, "upload-check-list", f"check-list {check_list_id}", details)
    return check_list


async def _encoding(upload: Upload) -> str:
    inspector = Inspector()
    await upload.seek(0)
    while chunk := await upload.read(CHUNK_BYTES):
        await asyncio.to_thread(inspector.feed, chunk)
    content = inspector.finish()
    if content.kind != "csv":
        raise FileRefusedError(FileRefusal.NOT_A_TABLE)
    return content.encoding


def _tokens(sealing: Sealing, rows: Sequence[Sequence[str]], place: int) -> list[bytes]:
    niks = []
    for cells in rows:
        try:
            niks.append(parse_nik(cells[place] if place < len(cells) else "").reveal())
        except NikRefusedError:
            continue
    return sealing.nik_tokens(niks)
