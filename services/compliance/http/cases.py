"""What a person has to look at: money that found no debt."""

from __future__ import annotations

from fastapi import APIRouter

from services.compliance import store
from services.compliance.http.access import Paging, Reader
from services.compliance.http.answers import Case
from services.compliance.rules.rulebook import Rulebook
from shared.access.paging import Page
from shared.http import Reading


def add(routes: APIRouter, rulebook: Rulebook) -> None:
    """``GET /cases``."""

    @routes.get("/cases")
    async def list_cases(who: Reader, tx: Reading, query: Paging) -> Page[Case]:
        rows = await store.cases.page(tx, who.areas, query)
        return store.cases.PAGES.page(rows, [Case.of(row, rulebook) for row in rows], query)
