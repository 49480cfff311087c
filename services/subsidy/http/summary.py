"""The route of figures over everything in the caller's area."""

from __future__ import annotations

from fastapi import APIRouter

from services.subsidy import store
from services.subsidy.http.access import Staff
from services.subsidy.http.answers import Summary
from shared.http import Reading


def add_routes(router: APIRouter) -> None:
    """Add it."""

    @router.get("/summary")
    async def show_summary(who: Staff, tx: Reading) -> Summary:
        return Summary.model_validate(await store.summary.figures(tx, who.areas.sql_prefixes()))
