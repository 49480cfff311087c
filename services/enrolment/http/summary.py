"""Counts within the caller's area."""

from __future__ import annotations

from fastapi import APIRouter

from services.enrolment import store
from services.enrolment.http.access import Staff
from services.enrolment.http.answers import SummaryAnswer
from shared.http import Reading


def add_routes(router: APIRouter) -> None:
    """Add them."""

    @router.get("/summary")
    async def show_summary(who: Staff, tx: Reading) -> SummaryAnswer:
        return SummaryAnswer.of(await store.summary.count(tx, who.areas))
