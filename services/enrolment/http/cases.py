"""What a person has to look at."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.enrolment import store
from services.enrolment.http.access import Paging, PeopleReader
from services.enrolment.http.answers import CaseAnswer
from services.enrolment.rules.rulebook import Rulebook
from shared.access.paging import Page
from shared.http import Reading


def add_routes(router: APIRouter, rulebook: Rulebook) -> None:
    """Add them."""

    @router.get("/cases")
    async def list_cases(
        who: PeopleReader, tx: Reading, query: Paging, kind: Annotated[str | None, Query(max_length=60)] = None
    ) -> Page[CaseAnswer]:
        rows = await store.cases.page(tx, who.areas, kind, query)
        return store.cases.NEWEST_FIRST.page(rows, [CaseAnswer.of(row, rulebook) for row in rows], query)
