"""The routes: who may ask, and which handler or question answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Path, Query, Response, UploadFile
from fastapi.responses import StreamingResponse

from services.enrolment.handlers import check_lists as check_list_handlers
from services.enrolment.handlers import rosters as roster_handlers
from services.enrolment.handlers.desk import RegistrationDesk
from services.enrolment.handlers.privacy import Privacy, open_profiles
from services.enrolment.http import models, registrations, shapes
from services.enrolment.http.problems import FILE_REFUSED
from services.enrolment.http.results import result_lines
from services.enrolment.rules.roster.refusals import MAX_CHECK_LIST_BYTES, MAX_UPLOAD_BYTES, sentences
from services.enrolment.store import roster_rows, views
from shared.access.areas import AreaCode
from shared.access.errors import NotVisibleError, OutsideAreaError
from shared.access.paging import Page, PageQuery
from shared.access.roles import Role
from shared.database import Database
from shared.http import Answer, Command, Principal, ProblemError, Reading, body_limit, command, page_query, require
from shared.messaging.outbox import UnitOfWork
from shared.sheets.refusals import FileRefusedError

# Room for the multipart form around the file.
_UPLOAD_LIMIT = body_limit(MAX_UPLOAD_BYTES + 64 * 1024)
_CHECK_LIST_LIMIT = body_limit(MAX_CHECK_LIST_BYTES + 64 * 1024)
_UPLOADERS = require(Role.ENUMERATOR, Role.VERIFIER)
_ROSTER_READERS = require(Role.ENUMERATOR, Role.VERIFIER, Role.PROGRAMME_OWNER, Role.AUDITOR)
_PEOPLE_READERS = require(Role.VERIFIER, Role.PROGRAMME_OWNER, Role.AUDITOR)
_STAFF = require(
    Role.ENUMERATOR,
    Role.VERIFIER,
    Role.PROGRAMME_OWNER,
    Role.APPROVER,
    Role.TREASURER,
    Role.BPJS_BRANCH,
    Role.INSPECTOR,
    Role.COMPLIANCE_OFFICER,
    Role.OPERATOR,
    Role.AUDITOR,
)
Orders = Annotated[Command[UnitOfWork], Depends(command)]
Paging = Annotated[PageQuery, Depends(page_query)]
RosterId = Annotated[UUID, Path(description="The roster.")]


def router(privacy: Privacy, database: Database, desk: RegistrationDesk) -> APIRouter:
    """All routes of the service."""
    made = APIRouter(prefix="/v1")
    registrations.add_routes(made, desk)
    _add_uploads(made, privacy)
    _add_rosters(made, database)
    _add_people(made, privacy)
    return made


def _add_uploads(made: APIRouter, privacy: Privacy) -> None:
    @made.post(
        "/rosters",
        status_code=202,
        response_model=models.ReceivedRosterAnswer,
        dependencies=[Depends(_UPLOAD_LIMIT)],
    )
    async def upload_roster(
        file: Annotated[UploadFile, File(description="CSV or XLSX, told by its content.")],
        who: Annotated[Principal, Depends(_UPLOADERS)],
        order: Orders,
    ) -> Response:
        if not who.areas:
            raise OutsideAreaError

        async def work(uow: UnitOfWork) -> Answer:
            taken = await roster_handlers.receive_roster(uow, file, who.subject, who.areas.sql_prefixes(), privacy)
            return Answer(shapes.received_answer(taken), 200 if taken.known else 202)

        return await order.run(work)

    @made.post(
        "/check-lists",
        status_code=201,
        response_model=models.CheckListAnswer,
        dependencies=[Depends(_CHECK_LIST_LIMIT)],
    )
    async def upload_check_list(
        file: Annotated[UploadFile, File(description="CSV with one column nik.")],
        kind: Annotated[Literal["deceased", "wage-worker"], Form()],
        who: Annotated[Principal, Depends(require(Role.BPJS_BRANCH, Role.VERIFIER))],
        order: Orders,
    ) -> Response:
        async def work(uow: UnitOfWork) -> object:
            try:
                return await check_list_handlers.add_check_list(uow, file, kind, who.subject, privacy)
            except FileRefusedError as refused:
                indonesian, english = sentences(refused.reason.code, refused.facts)
                raise ProblemError(
                    FILE_REFUSED, reason=refused.reason.code, advice_id=indonesian, advice_en=english
                ) from None

        return await order.run(work)


def _add_rosters(made: APIRouter, database: Database) -> None:
    @made.get("/rosters")
    async def list_rosters(
        who: Annotated[Principal, Depends(_ROSTER_READERS)],
        tx: Reading,
        query: Paging,
        content_sha256: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")] = None,
    ) -> Page[models.RosterAnswer]:
        rows = await views.rosters_page(tx, who.areas, content_sha256, query)
        return views.ROSTER_ORDER.page(rows, [shapes.roster_answer(row) for row in rows], query)

    @made.get("/rosters/{roster_id}")
    async def show_roster(
        roster_id: RosterId, who: Annotated[Principal, Depends(_ROSTER_READERS)], tx: Reading
    ) -> models.RosterAnswer:
        row = await views.see_roster(tx, roster_id, who.areas)
        if row is None:
            raise NotVisibleError
        return shapes.roster_answer(row, await roster_rows.refused_by_reason(tx, roster_id))

    @made.get("/rosters/{roster_id}/result", response_class=StreamingResponse)
    async def show_result(
        roster_id: RosterId, who: Annotated[Principal, Depends(_ROSTER_READERS)], tx: Reading
    ) -> StreamingResponse:
        if await views.see_roster(tx, roster_id, who.areas) is None:
            raise NotVisibleError
        name = f'attachment; filename="hasil_{roster_id}.csv"'
        lines = result_lines(database, roster_id)
        return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})

    @made.post("/rosters/{roster_id}/acceptance", status_code=202, response_model=models.StateAnswer)
    async def accept_roster(
        roster_id: RosterId, who: Annotated[Principal, Depends(require(Role.VERIFIER))], order: Orders
    ) -> Response:
        async def work(uow: UnitOfWork) -> object:
            if await views.see_roster(uow, roster_id, who.areas) is None:
                raise NotVisibleError
            await roster_handlers.accept_roster(uow, roster_id, who.subject)
            return models.StateAnswer(roster_id=roster_id, state="accepted")

        return await order.run(work)


def _add_people(made: APIRouter, privacy: Privacy) -> None:
    def shown(rows: list[Any]) -> list[models.WorkerAnswer]:
        profiles = open_profiles(privacy.vault, [row._mapping for row in rows])
        return [shapes.worker_answer(row, profile) for row, profile in zip(rows, profiles, strict=True)]

    @made.get("/workers")
    async def list_workers(
        who: Annotated[Principal, Depends(_PEOPLE_READERS)],
        tx: Reading,
        query: Paging,
        area: Annotated[list[AreaCode] | None, Query()] = None,
        status: Annotated[str | None, Query(max_length=20)] = None,
    ) -> Page[models.WorkerAnswer]:
        rows = await views.workers_page(tx, who.areas.narrow(area), status, query)
        return views.WORKER_ORDER.page(rows, shown(rows), query)

    @made.get("/workers/{worker_id}")
    async def show_worker(
        worker_id: Annotated[UUID, Path()], who: Annotated[Principal, Depends(_PEOPLE_READERS)], tx: Reading
    ) -> models.WorkerAnswer:
        row = await views.see_worker(tx, worker_id, who.areas)
        if row is None:
            raise NotVisibleError
        return shown([row])[0]

    @made.get("/cases")
    async def list_cases(
        who: Annotated[Principal, Depends(_PEOPLE_READERS)],
        tx: Reading,
        query: Paging,
        kind: Annotated[str | None, Query(max_length=60)] = None,
    ) -> Page[models.CaseAnswer]:
        rows = await views.cases_page(tx, who.areas, kind, query)
        return views.CASE_ORDER.page(rows, [shapes.case_answer(row) for row in rows], query)

    @made.get("/summary")
    async def show_summary(who: Annotated[Principal, Depends(_STAFF)], tx: Reading) -> models.SummaryAnswer:
        return shapes.summary_answer(await views.summary(tx, who.areas))
