"""Routes of decrees."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.subsidy import store
from services.subsidy.handlers import decrees
from services.subsidy.handlers.visible import visible
from services.subsidy.http.access import Approver, Order, Owner, Paging, Staff
from services.subsidy.http.answers import DecreeView, decree_view
from services.subsidy.http.bodies import DecreeApproval, NewDecree
from services.subsidy.rules.decree import DecreeTerms
from services.subsidy.rules.values import LOWEST_BAND
from shared.access.paging import Page
from shared.http import Reading
from shared.messaging.outbox import UnitOfWork


def add_routes(router: APIRouter) -> None:
    """Add them."""

    @router.post("/decrees", status_code=201, response_model=DecreeView)
    async def draft_decree(body: NewDecree, who: Owner, order: Order) -> Response:
        terms = DecreeTerms(
            number=body.number,
            funding_line_id=body.funding_line_id,
            first_month=body.first_month,
            last_month=body.last_month,
            region_codes=tuple(sorted(set(body.region_codes))),
            max_workers=body.max_workers,
            income_band=LOWEST_BAND,
        )

        async def work(uow: UnitOfWork) -> DecreeView:
            again = body.include_already_granted
            return decree_view(await decrees.draft_decree(uow, terms, who.subject, who.areas, include_promised=again))

        return await order.run(work)

    @router.post("/decrees/{decree_id}/approval", status_code=200, response_model=DecreeView)
    async def approve_decree(
        decree_id: Annotated[UUID, Path()], body: DecreeApproval, who: Approver, order: Order
    ) -> Response:
        async def work(uow: UnitOfWork) -> DecreeView:
            return decree_view(
                await decrees.approve_decree(uow, decree_id, body.content_sha256, who.subject, who.areas)
            )

        return await order.run(work)

    @router.get("/decrees")
    async def list_decrees(
        who: Staff, tx: Reading, query: Paging, number: Annotated[str | None, Query(max_length=200)] = None
    ) -> Page[DecreeView]:
        page = await store.decrees.find(tx, who.areas.sql_prefixes(), query, number=number)
        return store.decrees.IN_ORDER.page(page, [decree_view(decree) for decree in page], query)

    @router.get("/decrees/{decree_id}")
    async def show_decree(decree_id: Annotated[UUID, Path()], who: Staff, tx: Reading) -> DecreeView:
        return decree_view(visible(await store.decrees.find(tx, who.areas.sql_prefixes(), decree_id=decree_id)))
