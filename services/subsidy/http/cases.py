"""Routes of cases."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.subsidy import store
from services.subsidy.handlers import cases
from services.subsidy.http.access import Order, Paging, Solver, Staff
from services.subsidy.http.answers import CaseView, case_view
from services.subsidy.http.bodies import CaseClosing
from shared.access.paging import Page
from shared.http import Reading
from shared.messaging.outbox import UnitOfWork


def add_routes(router: APIRouter) -> None:
    """Add them."""

    @router.get("/cases")
    async def list_cases(
        who: Staff,
        tx: Reading,
        query: Paging,
        kind: Annotated[str | None, Query(max_length=60)] = None,
        state: Annotated[str | None, Query(pattern="^(open|closed)$")] = None,
    ) -> Page[CaseView]:
        is_open = None if state is None else state == "open"
        rows = await store.cases.page(tx, who.areas, query, kind=kind, is_open=is_open)
        return store.cases.NEWEST_FIRST.page(rows, [case_view(row) for row in rows], query)

    @router.post("/cases/{case_id}/closing", status_code=200, response_model=CaseView)
    async def close_case(case_id: Annotated[UUID, Path()], body: CaseClosing, who: Solver, order: Order) -> Response:
        async def work(uow: UnitOfWork) -> CaseView:
            return case_view(await cases.close_case(uow, case_id, body.note, who.subject, who.areas))

        return await order.run(work)
