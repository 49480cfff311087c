"""A small service that uses the whole HTTP kit: officers register visits, others approve them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, File, Path, Query, UploadFile
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import Column, DateTime, MetaData, String, Table, Uuid, insert, select, update
from starlette.responses import Response

from shared.access.areas import AREA_CODE_COLUMN, AreaCode
from shared.access.errors import NotVisibleError, RefusedError
from shared.access.maker_checker import require_second_person
from shared.access.paging import Keyset, Page, PageQuery
from shared.access.roles import Role
from shared.clock import Clock, SystemClock
from shared.database import Database, Transaction
from shared.http import (
    Answer,
    Command,
    HttpLimits,
    Principal,
    ProblemType,
    RateLimits,
    Reading,
    Verifier,
    body_limit,
    command,
    create_app,
    page_query,
    public,
    require,
    without_key,
)
from shared.http.idempotency_table import create_statements
from shared.ids import IdSource, RandomIds

UPLOAD_BYTES = 200_000
FORBIDDEN_WORD = "rahasia-sekali"

VISIT = Table(
    "visit",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("area_code", AREA_CODE_COLUMN, nullable=False),
    Column("note", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("approved_by", String),
    Column("made_at", DateTime(timezone=True), nullable=False),
)
TABLE_STATEMENTS = (
    'CREATE TABLE visit (id uuid PRIMARY KEY, area_code varchar(10) COLLATE "C" NOT NULL, note text NOT NULL, '
    "made_by text NOT NULL, approved_by text, made_at timestamptz NOT NULL)",
    'CREATE INDEX visit_area ON visit (area_code COLLATE "C")',
)
ALREADY_APPROVED = ProblemType(
    "visit-already-approved",
    409,
    "Kunjungan sudah disetujui",
    "The visit is approved already",
    "Kunjungan ini sudah disetujui; muat ulang halaman.",
    "This visit is approved already; reload the page.",
)
NEWEST_FIRST = Keyset((VISIT.c.made_at, datetime), (VISIT.c.id, UUID), descending=True)


class NewVisit(BaseModel):
    """A visit to register."""

    model_config = ConfigDict(extra="forbid")

    area_code: AreaCode
    note: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
    persons: Annotated[int, Field(ge=1, le=20)] = 1

    @field_validator("persons", mode="before")
    @classmethod
    def _no_boolean(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError("true and false are no numbers")
        return value

    @field_validator("note")
    @classmethod
    def _no_secret(cls, note: str) -> str:
        if FORBIDDEN_WORD in note:
            raise ValueError(f"The note must not hold {note}.")
        return note


class Visit(BaseModel):
    """A visit as it is kept."""

    id: UUID
    area_code: str
    note: str
    made_by: str
    approved_by: str | None = None


class Counted(BaseModel):
    """How much an upload held."""

    bytes: int


SlowDown = Callable[[str], Awaitable[None]]
READERS = require(Role.ENUMERATOR, Role.VERIFIER, Role.AUDITOR)


async def _no_hook(_: str) -> None:
    return None


def visit_router(ids: IdSource, clock: Clock, hook: SlowDown = _no_hook) -> APIRouter:
    """The service's routes; ``hook`` lets a test act in the middle of a registration."""
    router = APIRouter()
    _add_commands(router, ids, clock, hook)
    _add_queries(router)
    _add_others(router)
    return router


def _add_commands(router: APIRouter, ids: IdSource, clock: Clock, hook: SlowDown) -> None:
    @router.post("/visits", status_code=201, response_model=Visit)
    async def register_visit(
        body: NewVisit,
        who: Annotated[Principal, Depends(require(Role.ENUMERATOR))],
        order: Annotated[Command[Transaction], Depends(command)],
        channel: Annotated[Literal["field", "office"], Query()] = "field",
    ) -> Response:
        who.areas.ensure_allows(body.area_code)

        async def work(tx: Transaction) -> Answer:
            visit = Visit(id=ids.next(), area_code=body.area_code, note=body.note, made_by=who.subject)
            await tx.execute(insert(VISIT).values(**visit.model_dump(), made_at=clock.now()))
            await hook(body.note)
            return Answer(visit, headers={"Location": f"/visits/{visit.id}"})

        return await order.run(work)

    @router.post("/visits/{visit_id}/approval", status_code=204)
    async def approve_visit(
        visit_id: Annotated[UUID, Path()],
        who: Annotated[Principal, Depends(require(Role.APPROVER))],
        order: Annotated[Command[Transaction], Depends(command)],
    ) -> Response:
        async def work(tx: Transaction) -> None:
            condition = who.areas.where(VISIT.c.area_code)
            found = await tx.execute(select(VISIT).where(VISIT.c.id == visit_id, condition).with_for_update())
            row = found.first()
            if row is None:
                raise NotVisibleError
            require_second_person(row.made_by, who.subject)
            if row.approved_by is not None:
                raise RefusedError(ALREADY_APPROVED.code)
            await tx.execute(update(VISIT).where(VISIT.c.id == visit_id).values(approved_by=who.subject))

        return await order.run(work)


def _add_queries(router: APIRouter) -> None:
    @router.get("/visits")
    async def list_visits(
        who: Annotated[Principal, Depends(READERS)],
        tx: Reading,
        query: Annotated[PageQuery, Depends(page_query)],
        area: Annotated[list[AreaCode] | None, Query(max_length=20)] = None,
    ) -> Page[Visit]:
        condition = who.areas.narrow(area).where(VISIT.c.area_code)
        rows = (await tx.execute(NEWEST_FIRST.apply(select(VISIT).where(condition), query))).all()
        return NEWEST_FIRST.page(rows, [Visit(**_visit_fields(row)) for row in rows], query)

    @router.get("/visits/{visit_id}")
    async def show_visit(
        visit_id: Annotated[UUID, Path()],
        who: Annotated[Principal, Depends(READERS)],
        tx: Reading,
    ) -> Visit:
        condition = who.areas.where(VISIT.c.area_code)
        row = (await tx.execute(select(VISIT).where(VISIT.c.id == visit_id, condition))).first()
        if row is None:
            raise NotVisibleError
        return Visit(**_visit_fields(row))


def _add_others(router: APIRouter) -> None:
    @router.post("/uploads", response_model=Counted, dependencies=[Depends(body_limit(UPLOAD_BYTES))])
    async def upload(
        file: Annotated[UploadFile, File()],
        _: Annotated[Principal, Depends(require(Role.VERIFIER))],
        order: Annotated[Command[Transaction], Depends(command)],
    ) -> Response:
        size = len(await file.read())

        async def work(tx: Transaction) -> Counted:
            return Counted(bytes=size)

        return await order.run(work)

    @router.post("/previews", dependencies=[Depends(without_key("It changes nothing."))])
    async def preview(body: NewVisit, _: Annotated[Principal, Depends(READERS)]) -> NewVisit:
        return body

    @router.get("/hello", response_class=PlainTextResponse, dependencies=[Depends(public("A greeting holds no data."))])
    async def hello() -> str:
        return "Selamat datang."


def _visit_fields(row: Any) -> dict[str, Any]:
    fields = dict(row._mapping)
    fields.pop("made_at")
    return fields


async def prepare(database: Database) -> None:
    """Make the tables."""
    async with database.transaction() as tx:
        for statement in (*TABLE_STATEMENTS, *create_statements()):
            await tx.run(statement)


def build(
    database: Database,
    verifier: Verifier,
    *,
    clock: Clock | None = None,
    hook: SlowDown = _no_hook,
    extra: Sequence[APIRouter] = (),
    limits: HttpLimits | None = None,
    **options: Any,
) -> FastAPI:
    """The demonstration app; rates are high unless ``limits`` says otherwise, since all tests come from one address."""
    clock = clock or SystemClock()
    return create_app(
        service="demo",
        title="Kunjungan",
        routers=[visit_router(RandomIds(), clock, hook), *extra],
        database=database,
        verifier=verifier,
        clock=clock,
        problem_types=[ALREADY_APPROVED],
        limits=limits or HttpLimits(rates=RateLimits("100000/minute", "100000/minute")),
        **options,
    )


async def wait_until(condition: Callable[[], Awaitable[bool]], timeout_s: float = 30.0) -> None:
    """Wait until ``condition`` holds."""
    async with asyncio.timeout(timeout_s):
        while not await condition():
            await asyncio.sleep(0.02)
