"""Routes of funding lines and their amendments."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.subsidy import store
from services.subsidy.handlers import funding
from services.subsidy.handlers.visible import visible
from services.subsidy.http.access import Approver, Order, Owner, Paging, PathId, Staff
from services.subsidy.http.answers import AmendmentAnswer, FundingLineAnswer, LineBalances, answered
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
    @router.post("/funding-lines", status_code=201, response_model=FundingLineAnswer)
    async def draft_funding_line(body: NewFundingLine, who: Owner, order: Order) -> Response:
        who.areas.ensure_allows(body.region_code)
        return await order.run(
            lambda uow: answered(funding.draft_line(uow, _drafted(uow, body, who.subject)), FundingLineAnswer.of)
        )

    @router.post("/funding-lines/{line_id}/approval", status_code=200, response_model=FundingLineAnswer)
    async def approve_funding_line(line_id: PathId, who: Approver, order: Order) -> Response:
        return await order.run(
            lambda uow: answered(funding.approve_line(uow, line_id, who.subject, who.areas), FundingLineAnswer.of)
        )

    @router.get("/funding-lines")
    async def list_funding_lines(
        who: Staff, tx: Reading, query: Paging, reference: Annotated[str | None, Query(max_length=200)] = None
    ) -> Page[FundingLineAnswer]:
        rows = await store.funding.find(tx, who.areas.sql_prefixes(), query, reference=reference)
        answers = [FundingLineAnswer.of(row) for row in rows]
        return store.funding.IN_ORDER.page([row.line for row in rows], answers, query)

    @router.get("/funding-lines/{line_id}")
    async def show_funding_line(line_id: PathId, who: Staff, tx: Reading) -> LineBalances:
        line = visible(await store.funding.find(tx, who.areas.sql_prefixes(), line_id=line_id))
        return LineBalances.of(line, balances_rupiah=await store.ledger.all_balances(tx, line_id))


def _add_amendments(router: APIRouter) -> None:
    @router.post("/funding-lines/{line_id}/amendments", status_code=201, response_model=AmendmentAnswer)
    async def draft_amendment(line_id: PathId, body: NewAmendment, who: Owner, order: Order) -> Response:
        amounts, basis = amounts_from(body.amounts_rupiah), body.legal_basis
        return await order.run(
            lambda uow: answered(
                funding.draft_amendment(uow, line_id, amounts, basis, who.subject, who.areas), AmendmentAnswer.of
            )
        )

    @router.post(
        "/funding-lines/{line_id}/amendments/{amendment_id}/approval", status_code=200, response_model=AmendmentAnswer
    )
    async def approve_amendment(line_id: PathId, amendment_id: PathId, who: Approver, order: Order) -> Response:
        return await order.run(
            lambda uow: answered(
                funding.approve_amendment(uow, line_id, amendment_id, who.subject, who.areas), AmendmentAnswer.of
            )
        )
