"""One person, entered by an officer (docs/adr/0035)."""

from __future__ import annotations

from fastapi import APIRouter, Response

from services.enrolment.handlers.registration.single import SingleRegistration
from services.enrolment.http.access import Order, Registrar, area_prefixes
from services.enrolment.http.answers import RegisteredAnswer
from services.enrolment.http.bodies import NewWorker
from shared.http import Answer
from shared.messaging.outbox import UnitOfWork


def add_routes(router: APIRouter, single: SingleRegistration) -> None:
    """Add them."""

    @router.post("/workers", status_code=201, response_model=RegisteredAnswer)
    async def register_worker(body: NewWorker, who: Registrar, order: Order) -> Response:
        areas = area_prefixes(who)

        async def work(uow: UnitOfWork) -> Answer:
            registered = await single.register(uow, body.model_dump(), who.subject, areas)
            return Answer(RegisteredAnswer.model_validate(registered), 201)

        return await order.run(work)
