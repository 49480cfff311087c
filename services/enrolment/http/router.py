"""The routes, put together."""

from __future__ import annotations

from fastapi import APIRouter

from services.enrolment.handlers.registration.single import SingleRegistration
from services.enrolment.handlers.sealing import Sealing
from services.enrolment.http import cases, check_lists, registrations, rosters, summary, workers
from services.enrolment.rules.rulebook import Rulebook
from shared.database import Database


def router(database: Database, rulebook: Rulebook, sealing: Sealing, single: SingleRegistration) -> APIRouter:
    """All routes, under /v1."""
    routes = APIRouter(prefix="/v1")
    registrations.add_routes(routes, single)
    rosters.add_routes(routes, sealing, database)
    check_lists.add_routes(routes, sealing)
    workers.add_routes(routes, sealing)
    cases.add_routes(routes, rulebook)
    summary.add_routes(routes)
    return routes
