"""The class of a table gives the column list and the objects; nothing else names columns."""

from __future__ import annotations

import gc
import json
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import BigInteger, Column, DateTime, Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.database import Database
from shared.database.records import changed, columns, record, records


class HarbourTable(SQLModel, registry=registry()):
    """A registry of its own: nobody else's tables are met."""


class Berth(HarbourTable, table=True):
    __tablename__ = "berth"

    berth_id: UUID = Field(primary_key=True)
    order: int = Field(sa_column=Column("order", BigInteger, nullable=False))
    name: str
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    raw_facts: str = Field(sa_column=Column(JSONB, nullable=False))
    free_from: date | None = None
    known_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Toll(HarbourTable, table=True):
    """Fifteen columns, for the time."""

    __tablename__ = "toll"

    toll_id: int = Field(primary_key=True)
    a: int
    b: int
    c: int
    d: int
    e: int
    f: int
    g: str
    h: str
    i: str
    j: str
    k: date
    l: date  # noqa: E741
    m: Decimal
    n: Decimal


ROW = {
    "berth_id": uuid4(),
    "order": 7,
    "name": "Semayang",
    "facts": '{"depth_m": 9}',
    "raw_facts": '{"depth_m": 9}',
    "free_from": None,
    "known_at": datetime(2026, 11, 2, tzinfo=UTC),
}


def test_columns_stand_in_the_order_of_the_class_and_are_quoted_where_sql_needs_it() -> None:
    assert columns(Berth) == 'berth_id, "order", name, facts, raw_facts, free_from, known_at'
    assert columns(Berth, alias="b", without=("facts", "raw_facts", "name")) == (
        'b.berth_id, b."order", b.free_from, b.known_at'
    )


def test_a_column_that_is_not_there_cannot_be_left_out() -> None:
    with pytest.raises(ValueError, match="Berth has no column depth"):
        columns(Berth, without=("depth",))


def test_a_record_is_an_object_of_the_class_with_the_values_by_name() -> None:
    backwards = {name: ROW[name] for name in reversed(list(ROW))} | {"other": 1}
    berth = record(Berth, backwards)
    assert isinstance(berth, Berth)
    assert (berth.berth_id, berth.order, berth.name) == (ROW["berth_id"], 7, "Semayang")
    assert berth == record(Berth, ROW)
    assert "Semayang" in repr(berth)
    assert "other" not in berth.model_dump()


def test_json_becomes_what_the_class_says() -> None:
    berth = record(Berth, ROW)
    assert berth.facts == {"depth_m": 9}
    assert berth.raw_facts == '{"depth_m": 9}'
    assert record(Berth, {**ROW, "facts": {"depth_m": 9}}).facts == {"depth_m": 9}


def test_a_row_without_a_column_of_the_class_is_refused() -> None:
    with pytest.raises(KeyError, match="name"):
        record(Berth, {key: value for key, value in ROW.items() if key != "name"})


def test_a_column_that_was_left_out_cannot_be_read() -> None:
    berth = record(Berth, {key: value for key, value in ROW.items() if key != "name"}, without=("name",))
    assert berth.order == 7
    with pytest.raises(Exception, match="lacks instrumentation"):
        _ = berth.name


def test_a_record_is_only_read() -> None:
    berth = record(Berth, ROW)
    with pytest.raises(AttributeError):
        berth.name = "Kariangau"


def test_a_changed_copy_leaves_the_record_as_it_is() -> None:
    berth = record(Berth, ROW)
    assert changed(berth, name="Kariangau").name == "Kariangau"
    assert berth.name == "Semayang"
    with pytest.raises(ValueError, match="no column depth"):
        changed(berth, depth=9)


async def test_rows_of_the_driver_and_of_sqlalchemy_give_the_same(database_url: str) -> None:
    database = Database(database_url)
    table: Table = Berth.__table__  # type: ignore[attr-defined]
    try:
        async with database.transaction() as tx:
            await tx.connection.run_sync(table.create)
            values = {**ROW, "facts": json.loads(str(ROW["facts"])), "raw_facts": {}}
            await tx.execute(table.insert().values(**values))
            (berth,) = records(Berth, await tx.fetch(f"SELECT {columns(Berth, alias='b')} FROM berth b"))
            (same,) = records(Berth, [row._mapping for row in await tx.execute(table.select())])
    finally:
        await database.close()
    assert berth.facts == same.facts == {"depth_m": 9}
    assert (berth.berth_id, berth.known_at) == (same.berth_id, same.known_at) == (ROW["berth_id"], ROW["known_at"])


@pytest.mark.alone
def test_a_record_of_fifteen_columns_takes_less_than_five_microseconds() -> None:
    rows = [dict.fromkeys(Toll.model_fields, 1)] * 1_000
    records(Toll, rows)
    took_s = []
    gc.disable()
    try:
        for _ in range(50):
            started = time.process_time()
            records(Toll, rows)
            took_s.append(time.process_time() - started)
    finally:
        gc.enable()
    assert min(took_s) / len(rows) < 5e-6
