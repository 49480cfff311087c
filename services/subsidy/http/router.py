"""Puts the routes together, all under /v1."""

from __future__ import annotations

from fastapi import APIRouter

from services.subsidy.http import cases, decrees, disbursements, funding, runs, summary
from services.subsidy.rules.rulebook import Rulebook


def router(rulebook: Rulebook) -> APIRouter:
    """The routes of subsidy."""
    routes = APIRouter(prefix="/v1")
    funding.add_routes(routes)
    decrees.add_routes(routes)
    runs.add_routes(routes, rulebook)
    disbursements.add_routes(routes)
    cases.add_routes(routes)
    summary.add_routes(routes)
    return routes
