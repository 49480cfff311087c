"""Routes of decrees."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.subsidy import store
from services.subsidy.handlers import decrees
from services.subsidy.http.bodies import DecreeApproval, NewDecree
from services.subsidy.http.models import DecreeView
from services.subsidy.http.paging import by_id
from services.subsidy.http.people import Approver, Order, Owner, Paging, Staff
from services.subsidy.http.views import decree_view
from services.subsidy.rules.decree import DecreeTerms
from services.subsidy.rules.values import LOWEST_BAND
from shared.access.errors import NotVisibleError
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
            made = await decrees.approve_decree(uow, decree_id, body.content_sha256, who.subject, who.areas)
            return decree_view(made, "approved")

        return await order.run(work)

    @router.get("/decrees")
    async def list_decrees(
        who: Staff, tx: Reading, query: Paging, number: Annotated[str | None, Query(max_length=200)] = None
    ) -> Page[DecreeView]:
        areas, after = who.areas.sql_prefixes(), by_id.after(query)
        found = await store.decrees.find(tx, areas, number=number, after=after, limit=query.limit + 1)
        return by_id.page([one.decree_id for one in found], [decree_view(one) for one in found], query)

    @router.get("/decrees/{decree_id}")
    async def show_decree(decree_id: Annotated[UUID, Path()], who: Staff, tx: Reading) -> DecreeView:
        found = await store.decrees.find(tx, who.areas.sql_prefixes(), decree_id=decree_id)
        if not found:
            raise NotVisibleError
        return decree_view(found[0])
