"""Employers with what they owe, and the figures of an area."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from services.compliance import store
from services.compliance.http.access import Paging, Reader, Staff
from services.compliance.http.answers import EmployerDetail, EmployerRow, Summary
from services.compliance.rules.rulebook import Rulebook
from shared.access.areas import AreaCode
from shared.access.errors import visible
from shared.access.paging import Page
from shared.http import Reading


def add(routes: APIRouter, rulebook: Rulebook) -> None:
    """``GET /employers``, ``GET /employers/{id}`` and ``GET /summary``."""

    @routes.get("/employers")
    async def list_employers(
        who: Reader,
        tx: Reading,
        query: Paging,
        area: Annotated[list[AreaCode] | None, Query(description="Only these areas.")] = None,
        late: Annotated[bool | None, Query(description="Only those that are late, or only the others.")] = None,
    ) -> Page[EmployerRow]:
        rows = await store.employers.page(tx, who.areas.narrow(area), query, late=late)
        return store.employers.PAGES.page(rows, [EmployerRow.of(row, rulebook) for row in rows], query)

    @routes.get("/employers/{employer_id}")
    async def show_employer(employer_id: Annotated[UUID, Path()], who: Reader, tx: Reading) -> EmployerDetail:
        employer = visible(await store.employers.find(tx, who.areas, employer_id))
        return EmployerDetail.of(employer, await store.contributions.of_employer(tx, employer_id), rulebook)

    @routes.get("/summary")
    async def show_summary(who: Staff, tx: Reading) -> Summary:
        return Summary(**await store.summary.figures(tx, who.areas.sql_prefixes()))
