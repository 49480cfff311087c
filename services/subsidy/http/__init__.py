"""The HTTP face of subsidy: commands of owners, approvers and treasurers, and what staff may see."""

from fastapi import APIRouter

from services.subsidy.http import decrees, disbursements, funding, overview, runs
from services.subsidy.http.problems import PROBLEMS
from services.subsidy.rules.rulebook import Rulebook

__all__ = ["PROBLEMS", "router"]


def router(rulebook: Rulebook) -> APIRouter:
    """The routes, all under /v1."""
    made = APIRouter(prefix="/v1")
    funding.add_routes(made)
    decrees.add_routes(made)
    runs.add_routes(made, rulebook)
    disbursements.add_routes(made)
    overview.add_routes(made)
    return made
