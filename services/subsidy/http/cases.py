"""Routes of cases."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.subsidy import store
from services.subsidy.handlers import cases
from services.subsidy.http.access import Order, Paging, PathId, Solver, Staff
from services.subsidy.http.answers import CaseAnswer, answered
from services.subsidy.http.bodies import CaseClosing
from shared.access.paging import Page
from shared.http import Reading


def add_routes(router: APIRouter) -> None:
    """Add them."""

    @router.get("/cases")
    async def list_cases(
        who: Staff,
        tx: Reading,
        query: Paging,
        kind: Annotated[str | None, Query(max_length=60)] = None,
        state: Annotated[str | None, Query(pattern="^(open|closed)$")] = None,
    ) -> Page[CaseAnswer]:
        is_open = None if state is None else state == "open"
        rows = await store.cases.page(tx, who.areas, query, kind=kind, is_open=is_open)
        return store.cases.NEWEST_FIRST.page(rows, [CaseAnswer.of(row) for row in rows], query)

    @router.post("/cases/{case_id}/closing", status_code=200, response_model=CaseAnswer)
    async def close_case(case_id: PathId, body: CaseClosing, who: Solver, order: Order) -> Response:
        return await order.run(
            lambda uow: answered(cases.close_case(uow, case_id, body.note, who.subject, who.areas), CaseAnswer.of)
        )
