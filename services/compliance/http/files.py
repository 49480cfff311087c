"""What became of files and of each of their rows."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from services.compliance import store
from services.compliance.http.access import Reader
from services.compliance.http.answers import FileState
from services.compliance.rules.reasons import SENTENCES, WHOLE_LIST
from services.compliance.rules.states import FileKind, RowOutcome
from services.compliance.tables import FileRow, UploadedFile
from shared.access.errors import visible
from shared.access.paging import Page
from shared.database import Database
from shared.http import CsvPieces, Reading, csv_answer

_CHUNK_ROWS = 5_000
_OUTCOMES = {RowOutcome.ACCEPTED: "diterima", RowOutcome.KNOWN: "sudah tercatat", RowOutcome.REFUSED: "ditolak"}


def add(routes: APIRouter, database: Database) -> None:
    """``GET /files``, ``GET /files/{id}`` and ``GET /files/{id}/result``."""

    @routes.get("/files")
    async def find_files(
        content_sha256: Annotated[str, Query(pattern="^[0-9a-f]{64}$")], who: Reader, tx: Reading
    ) -> Page[FileState]:
        files = await store.files.with_content(tx, content_sha256, who.areas.sql_prefixes())
        return Page(items=[FileState.of(stored) for stored in files])

    @routes.get("/files/{file_id}")
    async def show_file(file_id: Annotated[UUID, Path()], who: Reader, tx: Reading) -> FileState:
        return FileState.of(visible(await store.files.find(tx, file_id, who.areas.sql_prefixes())))

    @routes.get("/files/{file_id}/result", response_class=StreamingResponse)
    async def show_result(file_id: Annotated[UUID, Path()], who: Reader, tx: Reading) -> StreamingResponse:
        stored = visible(await store.files.find(tx, file_id, who.areas.sql_prefixes()))
        return csv_answer(f"hasil-{file_id}.csv", _result(database, stored.file))


async def _result(database: Database, file: UploadedFile) -> CsvPieces:
    """Indonesian first, some thousand rows at a time."""
    yield [("baris", "hasil", "kode", "keterangan", "explanation")]
    last_row = 0
    while True:
        async with database.transaction() as tx:
            rows = await store.files.rows_after(tx, file.file_id, last_row, _CHUNK_ROWS)
        if not rows:
            return
        last_row = rows[-1].row_number
        yield [_told(row, file.kind) for row in rows]


def _told(row: FileRow, kind: str) -> tuple[object, ...]:
    code = row.reason or "accepted"
    indonesian, english = SENTENCES[code]
    if kind == FileKind.WAGES and row.outcome == RowOutcome.REFUSED:
        indonesian, english = f"{indonesian} {WHOLE_LIST[0]}", f"{english} {WHOLE_LIST[1]}"
    return (row.row_number, _OUTCOMES[RowOutcome(row.outcome)], code, indonesian, english)
