"""Workers, with names and numbers masked."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query

from services.enrolment import store
from services.enrolment.handlers.sealing import Sealing
from services.enrolment.http.access import Paging, PeopleReader
from services.enrolment.http.answers import WorkerAnswer
from shared.access.areas import AreaCode
from shared.access.errors import visible
from shared.access.paging import Page
from shared.http import Reading


def add_routes(router: APIRouter, sealing: Sealing) -> None:
    """Add them."""

    def shown(rows: list[Any]) -> list[WorkerAnswer]:
        profiles = sealing.open_profiles(row._mapping for row in rows)
        return [WorkerAnswer.of(row, profile) for row, profile in zip(rows, profiles, strict=True)]

    @router.get("/workers")
    async def list_workers(
        who: PeopleReader,
        tx: Reading,
        query: Paging,
        area: Annotated[list[AreaCode] | None, Query()] = None,
        status: Annotated[str | None, Query(max_length=20)] = None,
    ) -> Page[WorkerAnswer]:
        rows = await store.workers.page(tx, who.areas.narrow(area), status, query)
        return store.workers.REGISTRATION_ORDER.page(rows, shown(rows), query)

    @router.get("/workers/{worker_id}")
    async def show_worker(worker_id: Annotated[UUID, Path()], who: PeopleReader, tx: Reading) -> WorkerAnswer:
        return shown([visible(await store.workers.see(tx, worker_id, who.areas))])[0]
