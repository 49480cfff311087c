"""Routes of bills and of the way to their payment: SPP, SPM, SP2D."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.subsidy import store
from services.subsidy.handlers import disbursements
from services.subsidy.handlers.visible import visible
from services.subsidy.http.access import Approver, Order, Paging, Staff, Treasurer
from services.subsidy.http.answers import BillView, DisbursementView, bill_view, disbursement_view
from services.subsidy.http.bodies import Document, Instruction
from shared.access.paging import Page
from shared.http import Reading
from shared.messaging.outbox import UnitOfWork


def add_routes(router: APIRouter) -> None:
    """Add them."""
    _add_bills(router)
    _add_commands(router)
    _add_queries(router)


def _add_bills(router: APIRouter) -> None:
    @router.get("/bills")
    async def list_bills(
        who: Staff, tx: Reading, query: Paging, month_run_id: Annotated[UUID | None, Query()] = None
    ) -> Page[BillView]:
        page = await store.bills.find(tx, who.areas.sql_prefixes(), query, run_id=month_run_id)
        return store.bills.IN_ORDER.page(page, [bill_view(bill) for bill in page], query)

    @router.get("/bills/{bill_id}")
    async def show_bill(bill_id: Annotated[UUID, Path()], who: Staff, tx: Reading) -> BillView:
        return bill_view(visible(await store.bills.find(tx, who.areas.sql_prefixes(), bill_id=bill_id)))


def _add_commands(router: APIRouter) -> None:
    @router.post("/bills/{bill_id}/disbursements", status_code=201, response_model=DisbursementView)
    async def submit_spp(bill_id: Annotated[UUID, Path()], body: Document, who: Treasurer, order: Order) -> Response:
        async def work(uow: UnitOfWork) -> DisbursementView:
            return disbursement_view(
                await disbursements.submit(uow, bill_id, body.document_number, who.subject, who.areas)
            )

        return await order.run(work)

    @router.post("/disbursements/{disbursement_id}/approval", status_code=200, response_model=DisbursementView)
    async def approve_spm(
        disbursement_id: Annotated[UUID, Path()], body: Document, who: Approver, order: Order
    ) -> Response:
        async def work(uow: UnitOfWork) -> DisbursementView:
            return disbursement_view(
                await disbursements.approve(uow, disbursement_id, body.document_number, who.subject, who.areas)
            )

        return await order.run(work)

    @router.post("/disbursements/{disbursement_id}/sp2d", status_code=200, response_model=DisbursementView)
    async def record_sp2d(
        disbursement_id: Annotated[UUID, Path()], body: Instruction, who: Treasurer, order: Order
    ) -> Response:
        async def work(uow: UnitOfWork) -> DisbursementView:
            number, day = body.document_number, body.instructed_on
            return disbursement_view(
                await disbursements.instruct(uow, disbursement_id, number, day, who.subject, who.areas)
            )

        return await order.run(work)


def _add_queries(router: APIRouter) -> None:
    @router.get("/disbursements")
    async def list_disbursements(
        who: Staff, tx: Reading, query: Paging, bill_id: Annotated[UUID | None, Query()] = None
    ) -> Page[DisbursementView]:
        page = await store.disbursements.find(tx, who.areas.sql_prefixes(), query, bill_id=bill_id)
        return store.disbursements.IN_ORDER.page(page, [disbursement_view(row) for row in page], query)

    @router.get("/disbursements/{disbursement_id}")
    async def show_disbursement(disbursement_id: Annotated[UUID, Path()], who: Staff, tx: Reading) -> DisbursementView:
        return disbursement_view(
            visible(await store.disbursements.find(tx, who.areas.sql_prefixes(), disbursement_id=disbursement_id))
        )
