"""Routes of figures."""

from __future__ import annotations

from fastapi import APIRouter

from services.notification import store
from services.notification.http.access import Staff
from services.notification.http.answers import SummaryAnswer
from shared.http import Reading


def add_routes(router: APIRouter) -> None:
    """Add them."""

    @router.get("/summary")
    async def show_summary(who: Staff, tx: Reading) -> SummaryAnswer:
        return SummaryAnswer.of(await store.messages.count(tx, who.areas))
