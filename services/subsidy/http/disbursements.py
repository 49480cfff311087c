"""Routes of bills and of the way to their payment: SPP, SPM, SP2D."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.subsidy import store
from services.subsidy.handlers import disbursements
from services.subsidy.http.bodies import Document, Instruction
from services.subsidy.http.models import BillView, DisbursementView
from services.subsidy.http.paging import by_id
from services.subsidy.http.people import Approver, Order, Paging, Staff, Treasurer
from services.subsidy.http.views import bill_view, disbursement_view
from shared.access.errors import NotVisibleError
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
        areas, after = who.areas.sql_prefixes(), by_id.after(query)
        found = await store.bills.find(tx, areas, run_id=month_run_id, after=after, limit=query.limit + 1)
        return by_id.page([bill.bill_id for bill in found], [bill_view(bill) for bill in found], query)

    @router.get("/bills/{bill_id}")
    async def show_bill(bill_id: Annotated[UUID, Path()], who: Staff, tx: Reading) -> BillView:
        found = await store.bills.find(tx, who.areas.sql_prefixes(), bill_id=bill_id)
        if not found:
            raise NotVisibleError
        return bill_view(found[0])


def _add_commands(router: APIRouter) -> None:
    @router.post("/bills/{bill_id}/disbursements", status_code=201, response_model=DisbursementView)
    async def submit_spp(bill_id: Annotated[UUID, Path()], body: Document, who: Treasurer, order: Order) -> Response:
        async def work(uow: UnitOfWork) -> DisbursementView:
            made = await disbursements.submit(uow, bill_id, body.document_number, who.subject, who.areas)
            return disbursement_view(made)

        return await order.run(work)

    @router.post("/disbursements/{disbursement_id}/approval", status_code=200, response_model=DisbursementView)
    async def approve_spm(
        disbursement_id: Annotated[UUID, Path()], body: Document, who: Approver, order: Order
    ) -> Response:
        async def work(uow: UnitOfWork) -> DisbursementView:
            made = await disbursements.approve(uow, disbursement_id, body.document_number, who.subject, who.areas)
            return disbursement_view(made)

        return await order.run(work)

    @router.post("/disbursements/{disbursement_id}/sp2d", status_code=200, response_model=DisbursementView)
    async def record_sp2d(
        disbursement_id: Annotated[UUID, Path()], body: Instruction, who: Treasurer, order: Order
    ) -> Response:
        async def work(uow: UnitOfWork) -> DisbursementView:
            number, day = body.document_number, body.instructed_on
            made = await disbursements.instruct(uow, disbursement_id, number, day, who.subject, who.areas)
            return disbursement_view(made)

        return await order.run(work)


def _add_queries(router: APIRouter) -> None:
    @router.get("/disbursements")
    async def list_disbursements(
        who: Staff, tx: Reading, query: Paging, bill_id: Annotated[UUID | None, Query()] = None
    ) -> Page[DisbursementView]:
        areas, after = who.areas.sql_prefixes(), by_id.after(query)
        found = await store.disbursements.find(tx, areas, bill_id=bill_id, after=after, limit=query.limit + 1)
        return by_id.page([one.disbursement_id for one in found], [disbursement_view(one) for one in found], query)

    @router.get("/disbursements/{disbursement_id}")
    async def show_disbursement(disbursement_id: Annotated[UUID, Path()], who: Staff, tx: Reading) -> DisbursementView:
        found = await store.disbursements.find(tx, who.areas.sql_prefixes(), disbursement_id=disbursement_id)
        if not found:
            raise NotVisibleError
        return disbursement_view(found[0])
