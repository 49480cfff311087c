"""The HTTP face of the stamp book."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from shared.access.roles import Role
from shared.http import Command, Principal, ProblemError, ProblemType, Reading, command, require
from shared.messaging.outbox import UnitOfWork
from tests.shared.demo import handlers, rules, store
from tests.shared.demo_contracts import LARGEST_ADDITION

BOOKLET_FULL = ProblemType(
    code="booklet-full",
    status=409,
    title="Buku stempel tidak cukup",
    title_en="The booklet has not enough room",
    detail="Hanya {room} stempel lagi yang muat. Tambahkan sebanyak itu, atau mulai buku yang lain.",
    detail_en="Only {room} more stamps fit. Add at most that many, or start another booklet.",
)


class NewStamps(BaseModel):
    """How many stamps to add."""

    model_config = ConfigDict(extra="forbid")

    stamps: Annotated[int, Field(ge=1, le=LARGEST_ADDITION)]


class BookletState(BaseModel):
    """A booklet after the addition."""

    stamps: int
    missing: int


class Total(BaseModel):
    """What events have told of a booklet so far."""

    stamps: int


def router(per_booklet: int) -> APIRouter:
    """The routes."""
    made = APIRouter()

    @made.post("/v1/booklets/{booklet_id}/stamps", status_code=201, response_model=BookletState)
    async def add_stamps(
        booklet_id: Annotated[UUID, Path()],
        body: NewStamps,
        _: Annotated[Principal, Depends(require(Role.ENUMERATOR))],
        order: Annotated[Command[UnitOfWork], Depends(command)],
    ) -> Response:
        async def work(uow: UnitOfWork) -> rules.Filled:
            try:
                return await handlers.add_stamps(uow, booklet_id, body.stamps, per_booklet)
            except rules.TooManyStampsError as error:
                raise ProblemError(BOOKLET_FULL, room=error.room) from None

        return await order.run(work)

    @made.get("/v1/booklets/{booklet_id}/total")
    async def show_total(
        booklet_id: Annotated[UUID, Path()],
        _: Annotated[Principal, Depends(require(Role.ENUMERATOR, Role.AUDITOR))],
        tx: Reading,
    ) -> Total:
        return Total(stamps=await store.total_of(tx, booklet_id))

    return made
