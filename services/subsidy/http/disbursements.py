"""Routes of bills and of the way to their payment: SPP, SPM, SP2D."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.subsidy import store
from services.subsidy.handlers import disbursements
from services.subsidy.handlers.visible import visible
from services.subsidy.http.access import Approver, Order, Paging, PathId, Staff, Treasurer
from services.subsidy.http.answers import BillAnswer, DisbursementAnswer, answered
from services.subsidy.http.bodies import Document, Instruction
from shared.access.paging import Page
from shared.http import Reading


def add_routes(router: APIRouter) -> None:
    """Add them."""
    _add_bills(router)
    _add_commands(router)
    _add_queries(router)


def _add_bills(router: APIRouter) -> None:
    @router.get("/bills")
    async def list_bills(
        who: Staff, tx: Reading, query: Paging, month_run_id: Annotated[UUID | None, Query()] = None
    ) -> Page[BillAnswer]:
        rows = await store.bills.find(tx, who.areas.sql_prefixes(), query, run_id=month_run_id)
        return store.bills.IN_ORDER.page(rows, [BillAnswer.of(row) for row in rows], query)

    @router.get("/bills/{bill_id}")
    async def show_bill(bill_id: PathId, who: Staff, tx: Reading) -> BillAnswer:
        return BillAnswer.of(visible(await store.bills.find(tx, who.areas.sql_prefixes(), bill_id=bill_id)))


def _add_commands(router: APIRouter) -> None:
    answer = DisbursementAnswer.of

    @router.post("/bills/{bill_id}/disbursements", status_code=201, response_model=DisbursementAnswer)
    async def submit_spp(bill_id: PathId, body: Document, who: Treasurer, order: Order) -> Response:
        number = body.document_number
        return await order.run(
            lambda uow: answered(disbursements.submit(uow, bill_id, number, who.subject, who.areas), answer)
        )

    @router.post("/disbursements/{disbursement_id}/approval", status_code=200, response_model=DisbursementAnswer)
    async def approve_spm(disbursement_id: PathId, body: Document, who: Approver, order: Order) -> Response:
        number = body.document_number
        return await order.run(
            lambda uow: answered(disbursements.approve(uow, disbursement_id, number, who.subject, who.areas), answer)
        )

    @router.post("/disbursements/{disbursement_id}/sp2d", status_code=200, response_model=DisbursementAnswer)
    async def record_sp2d(disbursement_id: PathId, body: Instruction, who: Treasurer, order: Order) -> Response:
        number, day = body.document_number, body.instructed_on
        return await order.run(
            lambda uow: answered(
                disbursements.instruct(uow, disbursement_id, number, day, who.subject, who.areas), answer
            )
        )


def _add_queries(router: APIRouter) -> None:
    @router.get("/disbursements")
    async def list_disbursements(
        who: Staff, tx: Reading, query: Paging, bill_id: Annotated[UUID | None, Query()] = None
    ) -> Page[DisbursementAnswer]:
        rows = await store.disbursements.find(tx, who.areas.sql_prefixes(), query, bill_id=bill_id)
        return store.disbursements.IN_ORDER.page(rows, [DisbursementAnswer.of(row) for row in rows], query)

    @router.get("/disbursements/{disbursement_id}")
    async def show_disbursement(disbursement_id: PathId, who: Staff, tx: Reading) -> DisbursementAnswer:
        areas = who.areas.sql_prefixes()
        return DisbursementAnswer.of(
            visible(await store.disbursements.find(tx, areas, disbursement_id=disbursement_id))
        )
