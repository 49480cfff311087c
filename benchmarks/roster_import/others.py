"""The same rows stored by raw code without any rule, and by plain code one row at a time."""

from __future__ import annotations

import csv
import hashlib
import time
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import pydantic_core
from pydantic import BaseModel, Field
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import Field as Column
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from benchmarks.plain_kit import create_all
from shared.database.database import sqlalchemy_url

_SLICE_ROWS: Final = 2_000
_BLOCK_ROWS: Final = 1_000
_ROW_COLUMNS: Final = ("roster_id", "row_number", "status", "reason", "notes", "nik_tail", "nik_token")
_BLOCK_COLUMNS: Final = ("roster_id", "first_row", "last_row", "sealed")
# As enrolment's migration makes them.
_TABLES: Final = """
CREATE TABLE roster_row (
    roster_id uuid NOT NULL, row_number integer NOT NULL, status text NOT NULL, reason text, notes text[],
    nik_tail text NOT NULL, nik_token bytea, PRIMARY KEY (roster_id, row_number)
) WITH (fillfactor = 80);
CREATE TABLE roster_block (
    roster_id uuid NOT NULL, first_row integer NOT NULL, last_row integer NOT NULL, sealed bytea NOT NULL,
    PRIMARY KEY (roster_id, first_row)
)
"""


async def store_raw(url: str, file: Path) -> float:
    """Read the CSV as a stream and COPY what enrolment stores of each row, in one transaction: no check, no key, no
    second look. Gives the seconds."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_TABLES)
        began_s, roster_id, number = time.monotonic(), uuid4(), 1
        with file.open(encoding="utf-8", newline="") as text:
            rows = csv.reader(text)
            at = next(rows).index("nik")
            async with connection.transaction():
                while piece := list(islice(rows, _SLICE_ROWS)):
                    await _copy(connection, roster_id, number, piece, at)
                    number += len(piece)
        return time.monotonic() - began_s
    finally:
        await connection.close()


async def _copy(connection: asyncpg.Connection, roster_id: UUID, number: int, piece: list[list[str]], at: int) -> None:
    # 35 bytes, as long as a token of the blind index.
    records = [
        (roster_id, row, "accepted", None, None, cells[at][-4:], cells[at].encode().ljust(35, b"\0"))
        for row, cells in enumerate(piece, number)
    ]
    await connection.copy_records_to_table("roster_row", columns=_ROW_COLUMNS, records=records)
    blocks = [
        (roster_id, number + start, number + start + len(block) - 1, pydantic_core.to_json(block))
        for start in range(0, len(piece), _BLOCK_ROWS)
        for block in (piece[start : start + _BLOCK_ROWS],)
    ]
    await connection.copy_records_to_table("roster_block", columns=_BLOCK_COLUMNS, records=blocks)


class _PlainTable(SQLModel):
    metadata = MetaData()


class PlainPerson(_PlainTable, table=True):
    """A row as plain code keeps it: open, with an index to find it again."""

    __tablename__ = "plain_person"

    id: int | None = Column(default=None, primary_key=True)
    nik_hash: str = Column(index=True)
    name: str
    birth_date: date
    sex: str
    village_code: str
    occupation_code: str
    decile: int


class PlainRow(BaseModel):
    """A row as a pydantic model checks it, the way its page shows."""

    nik: str = Field(pattern=r"^\d{16}$")
    nama: str = Field(min_length=2, max_length=150)
    tanggal_lahir: date
    jenis_kelamin: str = Field(pattern="^[LP]$")
    kode_desa: str = Field(pattern=r"^\d{10}$")
    kode_pekerjaan: str
    desil: int = Field(ge=1, le=10)


async def store_plainly(url: str, file: Path, rows: int) -> tuple[float, int]:
    """A model for each row, a SELECT for its duplicate, an INSERT, a commit. Gives the seconds and how many it took.

    In its favour: it seals nothing, keeps no result of a row, and its index fits its query.
    Sources: sqlmodel.tiangolo.com/tutorial/select/ and /tutorial/insert/, docs.pydantic.dev/latest/concepts/models/.
    """
    await create_all(url, _PlainTable.metadata)
    engine = create_async_engine(sqlalchemy_url(url))
    began_s, taken = time.monotonic(), 0
    for cells in _cells(file, rows):
        taken += 1
        await _store_row(engine, cells)
    elapsed_s = time.monotonic() - began_s
    await engine.dispose()
    return elapsed_s, taken


def _cells(file: Path, rows: int) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        yield from islice(csv.DictReader(text), rows)


async def _store_row(engine: AsyncEngine, cells: dict[str, str]) -> None:
    try:
        row = PlainRow.model_validate(cells)
    except ValueError:
        return
    nik_hash = hashlib.sha256(row.nik.encode()).hexdigest()
    async with AsyncSession(engine) as session:
        known = await session.exec(select(PlainPerson).where(PlainPerson.nik_hash == nik_hash))
        if known.first() is not None:
            return
        session.add(
            PlainPerson(
                nik_hash=nik_hash,
                name=row.nama,
                birth_date=row.tanggal_lahir,
                sex=row.jenis_kelamin,
                village_code=row.kode_desa,
                occupation_code=row.kode_pekerjaan,
                decile=row.desil,
            )
        )
        await session.commit()
