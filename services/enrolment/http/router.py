"""The routes, put together."""

from __future__ import annotations

from fastapi import APIRouter

from services.enrolment.adapters.privacy import Privacy
from services.enrolment.handlers.registration.single import SingleRegistration
from services.enrolment.http import cases, check_lists, registrations, rosters, summary, workers
from services.enrolment.rules.rulebook import Rulebook
from shared.database import Database


def router(database: Database, rulebook: Rulebook, privacy: Privacy, single: SingleRegistration) -> APIRouter:
    """All routes, under /v1."""
    routes = APIRouter(prefix="/v1")
    registrations.add_routes(routes, single)
    rosters.add_routes(routes, privacy, database)
    check_lists.add_routes(routes, privacy)
    workers.add_routes(routes, privacy)
    cases.add_routes(routes, rulebook)
    summary.add_routes(routes)
    return routes
