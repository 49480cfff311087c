"""Routes of funding lines and their amendments."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.subsidy import store
from services.subsidy.handlers import funding
from services.subsidy.handlers.visible import visible
from services.subsidy.http.access import Approver, Order, Owner, Paging, Staff
from services.subsidy.http.answers import AmendmentView, FundingLineView, LineBalances, amendment_view, line_view
from services.subsidy.http.bodies import NewAmendment, NewFundingLine
from services.subsidy.rules.states import LineState
from services.subsidy.rules.values import amounts_from
from services.subsidy.store.funding import Funding
from services.subsidy.tables import FundingLine
from shared.access.paging import Page
from shared.http import Reading
from shared.messaging.outbox import UnitOfWork


def _drafted(uow: UnitOfWork, body: NewFundingLine, maker: str) -> Funding:
    line = FundingLine(
        funding_line_id=uow.ids.next(),
        version=1,
        reference=body.reference,
        funding_source=body.funding_source,
        region_code=body.region_code,
        office=body.office,
        budget_year=body.budget_year,
        first_month=str(body.first_month),
        last_month=str(body.last_month),
        worker_quota=body.worker_quota,
        legal_basis=body.legal_basis,
        state=LineState.DRAFT,
        created_by=maker,
        created_at=uow.moment,
    )
    return Funding(line, amounts_from(body.amounts_rupiah), body.budget_accounts)


def add_routes(router: APIRouter) -> None:
    """Add them."""
    _add_lines(router)
    _add_amendments(router)


def _add_lines(router: APIRouter) -> None:
    @router.post("/funding-lines", status_code=201, response_model=FundingLineView)
    async def draft_funding_line(body: NewFundingLine, who: Owner, order: Order) -> Response:
        who.areas.ensure_allows(body.region_code)

        async def work(uow: UnitOfWork) -> FundingLineView:
            return line_view(await funding.draft_line(uow, _drafted(uow, body, who.subject)))

        return await order.run(work)

    @router.post("/funding-lines/{line_id}/approval", status_code=200, response_model=FundingLineView)
    async def approve_funding_line(line_id: Annotated[UUID, Path()], who: Approver, order: Order) -> Response:
        async def work(uow: UnitOfWork) -> FundingLineView:
            return line_view(await funding.approve_line(uow, line_id, who.subject, who.areas))

        return await order.run(work)

    @router.get("/funding-lines")
    async def list_funding_lines(
        who: Staff, tx: Reading, query: Paging, reference: Annotated[str | None, Query(max_length=200)] = None
    ) -> Page[FundingLineView]:
        page = await store.funding.find(tx, who.areas.sql_prefixes(), query, reference=reference)
        lines = [line_view(one) for one in page]
        return store.funding.IN_ORDER.page([one.line for one in page], lines, query)

    @router.get("/funding-lines/{line_id}")
    async def show_funding_line(line_id: Annotated[UUID, Path()], who: Staff, tx: Reading) -> LineBalances:
        line = line_view(visible(await store.funding.find(tx, who.areas.sql_prefixes(), line_id=line_id)))
        balances = await store.ledger.all_balances(tx, line_id)
        return LineBalances(**line.model_dump(), balances_rupiah=balances)


def _add_amendments(router: APIRouter) -> None:
    @router.post("/funding-lines/{line_id}/amendments", status_code=201, response_model=AmendmentView)
    async def draft_amendment(
        line_id: Annotated[UUID, Path()], body: NewAmendment, who: Owner, order: Order
    ) -> Response:
        amounts = amounts_from(body.amounts_rupiah)

        async def work(uow: UnitOfWork) -> AmendmentView:
            return amendment_view(
                await funding.draft_amendment(uow, line_id, amounts, body.legal_basis, who.subject, who.areas)
            )

        return await order.run(work)

    @router.post(
        "/funding-lines/{line_id}/amendments/{amendment_id}/approval", status_code=200, response_model=AmendmentView
    )
    async def approve_amendment(
        line_id: Annotated[UUID, Path()], amendment_id: Annotated[UUID, Path()], who: Approver, order: Order
    ) -> Response:
        async def work(uow: UnitOfWork) -> AmendmentView:
            return amendment_view(await funding.approve_amendment(uow, line_id, amendment_id, who.subject, who.areas))

        return await order.run(work)
