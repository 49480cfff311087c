"""Rosters: uploaded, looked at, accepted by a second person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Query, Response, UploadFile
from fastapi.responses import StreamingResponse

from services.enrolment import store
from services.enrolment.handlers import rosters as handlers
from services.enrolment.handlers.sealing import Sealing
from services.enrolment.http.access import Order, Paging, Registrar, RosterReader, Verifier, area_prefixes
from services.enrolment.http.answers import ReceivedRosterAnswer, RosterAnswer, StateAnswer
from services.enrolment.http.bodies import ROSTER_LIMIT, RosterId
from services.enrolment.http.roster_results import result_rows
from shared.access.errors import visible
from shared.access.paging import Page
from shared.database import Database
from shared.http import Answer, Reading, csv_answer
from shared.messaging.outbox import UnitOfWork


def add_routes(router: APIRouter, sealing: Sealing, database: Database) -> None:
    """Add them."""
    _add_commands(router, sealing)
    _add_questions(router, database)


def _add_commands(router: APIRouter, sealing: Sealing) -> None:
    @router.post("/rosters", status_code=202, response_model=ReceivedRosterAnswer, dependencies=[ROSTER_LIMIT])
    async def upload_roster(
        file: Annotated[UploadFile, File(description="CSV or XLSX, told by its content.")],
        who: Registrar,
        order: Order,
    ) -> Response:
        areas = area_prefixes(who)

        async def work(uow: UnitOfWork) -> Answer:
            received = await handlers.receive_roster(uow, file, who.subject, areas, sealing)
            return Answer(ReceivedRosterAnswer.of(received), 200 if received.known else 202)

        return await order.run(work)

    @router.post("/rosters/{roster_id}/acceptance", status_code=202, response_model=StateAnswer)
    async def accept_roster(roster_id: RosterId, who: Verifier, order: Order) -> Response:
        async def work(uow: UnitOfWork) -> object:
            visible(await store.rosters.see(uow, roster_id, who.areas))
            state = await handlers.accept_roster(uow, roster_id, who.subject)
            return StateAnswer(roster_id=roster_id, state=state)

        return await order.run(work)


def _add_questions(router: APIRouter, database: Database) -> None:
    @router.get("/rosters")
    async def list_rosters(
        who: RosterReader,
        tx: Reading,
        query: Paging,
        content_sha256: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")] = None,
    ) -> Page[RosterAnswer]:
        rows = await store.rosters.page(tx, who.areas, content_sha256, query)
        return store.rosters.NEWEST_FIRST.page(rows, [RosterAnswer.of(row) for row in rows], query)

    @router.get("/rosters/{roster_id}")
    async def show_roster(roster_id: RosterId, who: RosterReader, tx: Reading) -> RosterAnswer:
        roster = visible(await store.rosters.see(tx, roster_id, who.areas))
        return RosterAnswer.of(roster, await store.roster_rows.count_refused(tx, roster_id))

    @router.get("/rosters/{roster_id}/result", response_class=StreamingResponse)
    async def show_result(roster_id: RosterId, who: RosterReader, tx: Reading) -> StreamingResponse:
        visible(await store.rosters.see(tx, roster_id, who.areas))
        return csv_answer(f"hasil_{roster_id}.csv", result_rows(database, roster_id))
