"""Routes of month runs and of cutting their bills."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.subsidy import store
from services.subsidy.handlers import bills, runs
from services.subsidy.http.bodies import NewMonthRun
from services.subsidy.http.models import CutBills, MonthRunView
from services.subsidy.http.paging import by_id
from services.subsidy.http.people import Order, Owner, Paging, Staff, Treasurer
from services.subsidy.http.views import cut_view, run_view
from services.subsidy.rules.rulebook import Rulebook
from shared.access.errors import NotVisibleError
from shared.access.paging import Page
from shared.http import Reading
from shared.messaging.outbox import UnitOfWork
from shared.periods import MONTH_PATTERN


def add_routes(router: APIRouter, rulebook: Rulebook) -> None:
    """Add them."""

    @router.post("/month-runs", status_code=201, response_model=MonthRunView)
    async def open_month_run(body: NewMonthRun, who: Owner, order: Order) -> Response:
        async def work(uow: UnitOfWork) -> MonthRunView:
            run = await runs.open_run(uow, body.funding_line_id, body.month, who.subject, who.areas, rulebook)
            return await run_view(uow, run)

        return await order.run(work)

    @router.post("/month-runs/{run_id}/retries", status_code=202, response_model=MonthRunView)
    async def run_month_again(run_id: Annotated[UUID, Path()], who: Owner, order: Order) -> Response:
        async def work(uow: UnitOfWork) -> MonthRunView:
            return await run_view(uow, await runs.run_again(uow, run_id, who.subject, who.areas))

        return await order.run(work)

    @router.get("/month-runs")
    async def list_month_runs(
        who: Staff,
        tx: Reading,
        query: Paging,
        funding_line_id: Annotated[UUID | None, Query()] = None,
        month: Annotated[str | None, Query(pattern=MONTH_PATTERN)] = None,
    ) -> Page[MonthRunView]:
        areas, after = who.areas.sql_prefixes(), by_id.after(query)
        found = await store.runs.find(
            tx, areas, line_id=funding_line_id, month=month, after=after, limit=query.limit + 1
        )
        return by_id.page([run.month_run_id for run in found], [await run_view(tx, run) for run in found], query)

    @router.get("/month-runs/{run_id}")
    async def show_month_run(run_id: Annotated[UUID, Path()], who: Staff, tx: Reading) -> MonthRunView:
        found = await store.runs.find(tx, who.areas.sql_prefixes(), run_id=run_id)
        if not found:
            raise NotVisibleError
        return await run_view(tx, found[0])

    @router.post("/month-runs/{run_id}/bills", status_code=201, response_model=CutBills)
    async def cut_bills(run_id: Annotated[UUID, Path()], who: Treasurer, order: Order) -> Response:
        async def work(uow: UnitOfWork) -> CutBills:
            return cut_view(await bills.cut_bills(uow, run_id, who.subject, who.areas))

        return await order.run(work)
