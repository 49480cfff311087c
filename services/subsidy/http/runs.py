"""Routes of month runs and of cutting their bills."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.subsidy import store
from services.subsidy.handlers import bills, runs
from services.subsidy.handlers.visible import visible
from services.subsidy.http.access import Order, Owner, Paging, PathId, Staff, Treasurer
from services.subsidy.http.answers import CutBills, MonthRunAnswer, answered
from services.subsidy.http.bodies import NewMonthRun
from services.subsidy.rules.rulebook import Rulebook
from shared.access.paging import Page
from shared.http import Reading
from shared.messaging.outbox import UnitOfWork
from shared.periods import MONTH_PATTERN


def add_routes(router: APIRouter, rulebook: Rulebook) -> None:
    """Add them."""

    @router.post("/month-runs", status_code=201, response_model=MonthRunAnswer)
    async def open_month_run(body: NewMonthRun, who: Owner, order: Order) -> Response:
        async def work(uow: UnitOfWork) -> MonthRunAnswer:
            run = await runs.open_run(uow, body.funding_line_id, body.month, who.subject, who.areas, rulebook)
            return await MonthRunAnswer.of(uow, run)

        return await order.run(work)

    @router.post("/month-runs/{run_id}/retries", status_code=202, response_model=MonthRunAnswer)
    async def run_month_again(run_id: PathId, who: Owner, order: Order) -> Response:
        async def work(uow: UnitOfWork) -> MonthRunAnswer:
            return await MonthRunAnswer.of(uow, await runs.run_again(uow, run_id, who.subject, who.areas))

        return await order.run(work)

    @router.get("/month-runs")
    async def list_month_runs(
        who: Staff,
        tx: Reading,
        query: Paging,
        funding_line_id: Annotated[UUID | None, Query()] = None,
        month: Annotated[str | None, Query(pattern=MONTH_PATTERN)] = None,
    ) -> Page[MonthRunAnswer]:
        rows = await store.runs.find(tx, who.areas.sql_prefixes(), query, line_id=funding_line_id, month=month)
        return store.runs.IN_ORDER.page(rows, [await MonthRunAnswer.of(tx, row) for row in rows], query)

    @router.get("/month-runs/{run_id}")
    async def show_month_run(run_id: PathId, who: Staff, tx: Reading) -> MonthRunAnswer:
        run = visible(await store.runs.find(tx, who.areas.sql_prefixes(), run_id=run_id))
        return await MonthRunAnswer.of(tx, run)

    @router.post("/month-runs/{run_id}/bills", status_code=201, response_model=CutBills)
    async def cut_bills(run_id: PathId, who: Treasurer, order: Order) -> Response:
        return await order.run(
            lambda uow: answered(bills.cut_bills(uow, run_id, who.subject, who.areas), CutBills.of_all)
        )
