"""Files come in here, are read while the request lasts and are not kept."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import date
from typing import TypeVar

from fastapi import APIRouter, Depends, Response, UploadFile

from services.compliance.handlers.employers import import_employers
from services.compliance.handlers.payments import import_payments
from services.compliance.handlers.sealing import Sealing
from services.compliance.handlers.uploads import TakenFile, Upload
from services.compliance.handlers.wages import import_wages
from services.compliance.http.access import Order, Uploader
from services.compliance.http.answers import FileState
from services.compliance.http.problems import sheet_problem
from services.compliance.rules.reading import read_employers, read_payments, read_wages
from services.compliance.rules.rulebook import Rulebook
from services.compliance.rules.sheet import SheetRefusedError
from services.compliance.settings import ComplianceSettings
from shared.access.errors import OutsideAreaError
from shared.clock import local_date
from shared.http import Answer, Principal, body_limit
from shared.service import Context

SheetT = TypeVar("SheetT")


def add(routes: APIRouter, context: Context[ComplianceSettings], rulebook: Rulebook, sealing: Sealing) -> None:
    """``POST /employer-files``, ``/wage-files`` and ``/payment-files``."""
    limit = [Depends(body_limit(context.settings.upload_limit_bytes))]

    def today() -> date:
        return local_date(context.clock.now())

    @routes.post("/employer-files", status_code=201, response_model=FileState, dependencies=limit)
    async def upload_employers(file: UploadFile, who: Uploader, order: Order) -> Response:
        upload, sheet = await _read(file, who, lambda content: read_employers(content, rulebook, today()))
        return await order.run(lambda uow: _answer(import_employers(uow, upload, sheet, sealing)))

    @routes.post("/wage-files", status_code=201, response_model=FileState, dependencies=limit)
    async def upload_wages(file: UploadFile, who: Uploader, order: Order) -> Response:
        upload, sheet = await _read(file, who, lambda content: read_wages(content, today()))
        return await order.run(lambda uow: _answer(import_wages(uow, upload, sheet, sealing)))

    @routes.post("/payment-files", status_code=201, response_model=FileState, dependencies=limit)
    async def upload_payments(file: UploadFile, who: Uploader, order: Order) -> Response:
        upload, sheet = await _read(file, who, lambda content: read_payments(content, today()))
        return await order.run(lambda uow: _answer(import_payments(uow, upload, sheet, rulebook)))


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


async def _answer(importing: Awaitable[TakenFile]) -> Answer:
    taken = await importing
    state = FileState.of(taken.stored, known=taken.is_known)
    return Answer(state, status_code=200 if taken.is_known else 201)
