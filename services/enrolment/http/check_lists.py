"""Check lists: NIKs of the deceased and of wage workers."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Response, UploadFile

from services.enrolment.handlers.check_lists import add_check_list
from services.enrolment.handlers.sealing import Sealing
from services.enrolment.http.access import CheckListUploader, Order
from services.enrolment.http.answers import CheckListAnswer
from services.enrolment.http.bodies import CHECK_LIST_LIMIT
from services.enrolment.http.problems import FILE_REFUSED
from services.enrolment.rules.roster.refusals import sentences
from services.enrolment.rules.states import CheckListKind
from shared.http import ProblemError
from shared.messaging.outbox import UnitOfWork
from shared.sheets.refusals import FileRefusedError


def add_routes(router: APIRouter, sealing: Sealing) -> None:
    """Add them."""

    @router.post("/check-lists", status_code=201, response_model=CheckListAnswer, dependencies=[CHECK_LIST_LIMIT])
    async def upload_check_list(
        file: Annotated[UploadFile, File(description="CSV with one column nik.")],
        kind: Annotated[Literal["deceased", "wage-worker"], Form()],
        who: CheckListUploader,
        order: Order,
    ) -> Response:
        async def work(uow: UnitOfWork) -> object:
            try:
                check_list = await add_check_list(uow, file, CheckListKind(kind), who.subject, sealing)
            except FileRefusedError as refused:
                reason = refused.reason.code
                indonesian, english = sentences(reason, refused.facts)
                raise ProblemError(FILE_REFUSED, reason=reason, advice_id=indonesian, advice_en=english) from None
            return CheckListAnswer.model_validate(check_list)

        return await order.run(work)
