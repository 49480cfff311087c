"""The same journey in plain code: a route, a session, a commit, a message out; a handler, a session, a commit.

Sources: fastapi.tiangolo.com/tutorial/sql-databases/ (a session per request, ``add``, ``commit``, ``refresh``),
faststream.ag2.ai/latest/getting-started/integrations/fastapi/ and .../kafka/Subscriber/ (publish in the route, a
handler with one typed message). ``python -m benchmarks.journey.plain api|worker`` reads what to do from its standard
input.

In its favour: it keeps people open, knows no rule, no key of commands and no token, and loses the notice of whoever is
committed when it dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import sys
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import uvicorn
from fastapi import Depends, FastAPI
from faststream.kafka import KafkaBroker
from pydantic import BaseModel
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from benchmarks.plain_kit import create_all
from shared.database.database import sqlalchemy_url


class _PlainTable(SQLModel):
    metadata = MetaData()


class PlainPerson(_PlainTable, table=True):
    """A registered person."""

    __tablename__ = "plain_person"

    worker_id: UUID = Field(default_factory=uuid4, primary_key=True)
    nik_hash: str = Field(index=True)
    name: str
    birth_date: date


class PlainMessage(_PlainTable, table=True):
    """A queued notice; named as notification's table, so that the same trigger watches it."""

    __tablename__ = "message"

    message_id: UUID = Field(default_factory=uuid4, primary_key=True)
    recipient_id: UUID
    text: str


class NewPerson(BaseModel):
    """The body of the request, as far as plain code looks at it."""

    nama: str
    nik: str
    tanggal_lahir: date


class PersonRegistered(BaseModel):
    """The message."""

    worker_id: UUID
    registered_on: date


async def create_tables(url: str) -> None:
    """Both tables."""
    await create_all(url, _PlainTable.metadata)


def make_app(engine: AsyncEngine, broker: KafkaBroker, topic: str) -> FastAPI:
    """The API."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await broker.connect()
        yield
        await broker.stop()

    app = FastAPI(lifespan=lifespan)

    async def session() -> Any:
        async with AsyncSession(engine) as made:
            yield made

    @app.post("/v1/workers", status_code=201)
    async def register(body: NewPerson, db: AsyncSession = Depends(session)) -> dict[str, str]:  # noqa: B008
        nik_hash = hashlib.sha256(body.nik.encode()).hexdigest()
        known = (await db.exec(select(PlainPerson).where(PlainPerson.nik_hash == nik_hash))).first()
        if known is None:
            known = PlainPerson(nik_hash=nik_hash, name=body.nama, birth_date=body.tanggal_lahir)
            db.add(known)
            await db.commit()
            await db.refresh(known)
        told = PersonRegistered(worker_id=known.worker_id, registered_on=body.tanggal_lahir)
        await broker.publish(told, topic, key=str(known.worker_id).encode())
        return {"worker_id": str(known.worker_id)}

    return app


async def work(engine: AsyncEngine, broker: KafkaBroker, topic: str) -> None:
    """The reader."""

    @broker.subscriber(topic, group_id=f"{topic}-reader", auto_offset_reset="earliest")
    async def on_registered(told: PersonRegistered) -> None:
        async with AsyncSession(engine) as db:
            db.add(PlainMessage(recipient_id=told.worker_id, text=f"Pendaftaran diterima {told.registered_on}"))
            await db.commit()

    await broker.start()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await broker.stop()


def main() -> None:
    """Be the API or the worker until standard input ends."""
    given = json.loads(sys.stdin.readline())
    engine = create_async_engine(sqlalchemy_url(given["url"]), pool_size=20)
    broker = KafkaBroker(given["bootstrap"], acks="all", logger=None)
    if sys.argv[1] == "worker":
        asyncio.run(work(engine, broker, given["topic"]))
    else:
        app = make_app(engine, broker, given["topic"])
        uvicorn.run(app, host="127.0.0.1", port=given["port"], log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
