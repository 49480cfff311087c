"""Files come in here, are read while the request lasts and are not kept; what became of each row can be fetched."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response, UploadFile
from fastapi.responses import StreamingResponse

from services.compliance.handlers.employers import import_employers
from services.compliance.handlers.payments import import_payments
from services.compliance.handlers.sealing import Sealing
from services.compliance.handlers.uploads import TakenFile, Upload
from services.compliance.handlers.wages import import_wages
from services.compliance.http.models import FileState
from services.compliance.http.problems import sheet_problem
from services.compliance.rules.reading import read_employers, read_payments, read_wages
from services.compliance.rules.reasons import SENTENCES, WHOLE_LIST
from services.compliance.rules.sheet import SheetRefusedError
from services.compliance.settings import ComplianceSettings
from services.compliance.store import files
from shared.access.errors import NotVisibleError, OutsideAreaError
from shared.access.paging import Page
from shared.access.roles import Role
from shared.clock import local_date
from shared.database import Database
from shared.http import Answer, Command, Principal, Reading, body_limit, command, require
from shared.messaging.outbox import UnitOfWork
from shared.service import Context

_CHUNK_ROWS = 5_000
_OUTCOMES = {"accepted": "diterima", "known": "sudah tercatat", "refused": "ditolak"}

SheetT = TypeVar("SheetT")
Uploader = Annotated[Principal, Depends(require(Role.COMPLIANCE_OFFICER, Role.BPJS_BRANCH))]
Reader = Annotated[Principal, Depends(require(Role.COMPLIANCE_OFFICER, Role.BPJS_BRANCH, Role.INSPECTOR, Role.AUDITOR))]
Order = Annotated[Command[UnitOfWork], Depends(command)]


def add_uploads(
    made: APIRouter, context: Context[ComplianceSettings], sealing: Sealing, regencies: frozenset[str]
) -> None:
    """The three routes that take files."""
    limit = [Depends(body_limit(context.settings.upload_limit_bytes))]

    def today() -> date:
        return local_date(context.clock.now())

    @made.post("/employer-files", status_code=201, response_model=FileState, dependencies=limit)
    async def upload_employers(file: UploadFile, who: Uploader, order: Order) -> Response:
        upload, sheet = await _read(file, who, lambda content: read_employers(content, regencies, today()))
        return await order.run(lambda work: _taken(work, who, import_employers(work, upload, sheet, sealing)))

    @made.post("/wage-files", status_code=201, response_model=FileState, dependencies=limit)
    async def upload_wages(file: UploadFile, who: Uploader, order: Order) -> Response:
        upload, sheet = await _read(file, who, lambda content: read_wages(content, today()))
        return await order.run(lambda work: _taken(work, who, import_wages(work, upload, sheet, sealing)))

    @made.post("/payment-files", status_code=201, response_model=FileState, dependencies=limit)
    async def upload_payments(file: UploadFile, who: Uploader, order: Order) -> Response:
        upload, sheet = await _read(file, who, lambda content: read_payments(content, today()))
        return await order.run(lambda work: _taken(work, who, import_payments(work, upload, sheet)))


def add_results(made: APIRouter, database: Database) -> None:
    """The routes that tell what became of files."""

    @made.get("/files")
    async def find_files(
        content_sha256: Annotated[str, Query(pattern="^[0-9a-f]{64}$")], who: Reader, tx: Reading
    ) -> Page[FileState]:
        found = await files.find_content(tx, content_sha256, who.areas.sql_prefixes())
        return Page(items=[_state(row) for row in found])

    @made.get("/files/{file_id}")
    async def show_file(file_id: Annotated[UUID, Path()], who: Reader, tx: Reading) -> FileState:
        row = await files.find_file(tx, file_id, who.areas.sql_prefixes())
        if row is None:
            raise NotVisibleError
        return _state(row)

    @made.get("/files/{file_id}/result", response_class=StreamingResponse)
    async def show_result(file_id: Annotated[UUID, Path()], who: Reader, tx: Reading) -> StreamingResponse:
        found = await files.find_file(tx, file_id, who.areas.sql_prefixes())
        if found is None:
            raise NotVisibleError
        headers = {"Content-Disposition": f'attachment; filename="hasil-{file_id}.csv"'}
        return StreamingResponse(
            _result(database, file_id, found["kind"]), media_type="text/csv; charset=utf-8", headers=headers
        )


async def _read(file: UploadFile, who: Principal, read: Callable[[bytes], SheetT]) -> tuple[Upload, SheetT]:
    """Read a file beside the event loop. Raises the problem of a file that cannot be taken at all."""
    if not who.areas:
        raise OutsideAreaError
    content = await file.read()
    upload = Upload(hashlib.sha256(content).hexdigest(), who.subject, tuple(who.areas.sql_prefixes()))
    try:
        return upload, await asyncio.to_thread(read, content)
    except SheetRefusedError as error:
        raise sheet_problem(error) from None


async def _taken(work: UnitOfWork, who: Principal, importing: Awaitable[TakenFile | UUID]) -> object:
    done = await importing
    if isinstance(done, TakenFile):
        return done
    row = await files.find_file(work, done, who.areas.sql_prefixes())
    return Answer(_state(row).model_copy(update={"known": True}), status_code=200)


def _state(row: Any) -> FileState:
    return FileState(**{**dict(row), "refused_by_reason": json.loads(row["refused_by_reason"])})


async def _result(database: Database, file_id: UUID, kind: str) -> AsyncIterator[str]:
    """The result as CSV, Indonesian first, some thousand rows at a time."""
    yield _line("baris", "hasil", "kode", "keterangan", "explanation")
    last = 0
    while True:
        async with database.transaction() as tx:
            rows = await files.rows_after(tx, file_id, last, _CHUNK_ROWS)
        if not rows:
            return
        last = rows[-1]["row_number"]
        yield "".join(_result_line(row, kind) for row in rows)


def _result_line(row: Any, kind: str) -> str:
    code = row["reason"] or "accepted"
    indonesian, english = SENTENCES[code]
    if kind == "wages" and row["outcome"] == "refused":
        indonesian, english = f"{indonesian} {WHOLE_LIST[0]}", f"{english} {WHOLE_LIST[1]}"
    return _line(row["row_number"], _OUTCOMES[row["outcome"]], code, indonesian, english)


def _line(*cells: object) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
