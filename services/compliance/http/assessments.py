"""The commands that count: what a month costs, and how late what is unpaid has become."""

from __future__ import annotations

from fastapi import APIRouter, Response

from services.compliance.handlers.ageing import age_on_command
from services.compliance.handlers.assessment import assess_month
from services.compliance.http.access import Officer, Order
from services.compliance.http.answers import AgeingDone, AssessmentDone
from services.compliance.http.bodies import AgeingOrder, AssessmentOrder
from services.compliance.rules.rulebook import Rulebook


def add(routes: APIRouter, rulebook: Rulebook) -> None:
    """``POST /assessments`` and ``POST /ageing-runs``."""

    @routes.post("/assessments", status_code=201, response_model=AssessmentDone)
    async def assess(body: AssessmentOrder, who: Officer, order: Order) -> Response:
        areas = who.areas.sql_prefixes()
        return await order.run(lambda uow: assess_month(uow, rulebook, body.month, who.subject, areas))

    @routes.post("/ageing-runs", status_code=201, response_model=AgeingDone)
    async def run_ageing(body: AgeingOrder, who: Officer, order: Order) -> Response:
        areas = who.areas.sql_prefixes()
        return await order.run(lambda uow: age_on_command(uow, rulebook, body.as_of, who.subject, areas))
