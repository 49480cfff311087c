"""Routes of decrees."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.subsidy import store
from services.subsidy.handlers import decrees
from services.subsidy.handlers.visible import visible
from services.subsidy.http.access import Approver, Order, Owner, Paging, PathId, Staff
from services.subsidy.http.answers import DecreeAnswer, answered
from services.subsidy.http.bodies import DecreeApproval, NewDecree
from services.subsidy.rules.decree import DecreeTerms
from services.subsidy.rules.values import LOWEST_BAND
from shared.access.paging import Page
from shared.http import Reading


def add_routes(router: APIRouter) -> None:
    """Add them."""

    @router.post("/decrees", status_code=201, response_model=DecreeAnswer)
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

        again = body.include_already_granted
        return await order.run(
            lambda uow: answered(
                decrees.draft_decree(uow, terms, who.subject, who.areas, include_promised=again), DecreeAnswer.of
            )
        )

    @router.post("/decrees/{decree_id}/approval", status_code=200, response_model=DecreeAnswer)
    async def approve_decree(decree_id: PathId, body: DecreeApproval, who: Approver, order: Order) -> Response:
        approved_sha256 = body.content_sha256
        return await order.run(
            lambda uow: answered(
                decrees.approve_decree(uow, decree_id, approved_sha256, who.subject, who.areas), DecreeAnswer.of
            )
        )

    @router.get("/decrees")
    async def list_decrees(
        who: Staff, tx: Reading, query: Paging, number: Annotated[str | None, Query(max_length=200)] = None
    ) -> Page[DecreeAnswer]:
        rows = await store.decrees.find(tx, who.areas.sql_prefixes(), query, number=number)
        return store.decrees.IN_ORDER.page(rows, [DecreeAnswer.of(row) for row in rows], query)

    @router.get("/decrees/{decree_id}")
    async def show_decree(decree_id: PathId, who: Staff, tx: Reading) -> DecreeAnswer:
        return DecreeAnswer.of(visible(await store.decrees.find(tx, who.areas.sql_prefixes(), decree_id=decree_id)))
