"""A record is written once: the table's class says its columns, their order and their types; nothing repeats them.

`columns` gives the SELECT list, `record` and `records` make objects of the class from what the driver gives, by name::

    rows = await tx.fetch(f"SELECT {columns(Bill)} FROM bill WHERE state = $1", BillState.REQUESTED)
    bills = records(Bill, rows)

The objects are of the table's class, so that the type checker knows each attribute. They are only read: nothing is
validated (the rows come from our own database) and nothing ties them to SQLAlchemy, whose bookkeeping of changes would
cost several times the object itself. Setting an attribute raises, and so does reading a column that was left out of the
statement (with SQLAlchemy's bookkeeping it would silently be None). `changed` gives a copy with other values.

Making a record of 15 columns takes about 2 µs, reading an attribute some 0.2 µs (a tuple's: 0.02). Where
thousands of rows are computed with, select just the columns of the computation into a NamedTuple.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any, Protocol, TypeVar

from sqlalchemy import JSON, Table
from sqlalchemy.dialects.postgresql import dialect
from sqlalchemy.orm import class_mapper
from sqlmodel import SQLModel

RecordT = TypeVar("RecordT", bound=SQLModel)
_QUOTED = dialect().identifier_preparer.quote  # type: ignore[no-untyped-call]


class NamedRow(Protocol):
    """A row whose values are found by the column's name: the driver's record, or ``row._mapping`` of SQLAlchemy."""

    def __getitem__(self, column: str, /) -> Any:
        """The value of a column."""
        ...


def columns(table: type[SQLModel], *, alias: str = "", without: Collection[str] = ()) -> str:
    """The SELECT list of a table: ``a.bill_id, a.version``, in the order of the class, quoted where SQL needs it.

    ``alias`` is the table's name in the statement, ``without`` names columns to leave out.

    Raises:
        ValueError: ``without`` names a column that the table does not have.
    """
    prefix = f"{_QUOTED(alias)}." if alias else ""
    return ", ".join(f"{prefix}{_QUOTED(name)}" for name in _names(table, frozenset(without)))


def record(table: type[RecordT], row: NamedRow, *, without: Collection[str] = ()) -> RecordT:
    """An object of the class from a row; other columns of the row are not looked at.

    Raises:
        KeyError: the row lacks a column of the class that is not in ``without``.
    """
    made: RecordT = _maker(table, frozenset(without))(row)
    return made


def records(table: type[RecordT], rows: Iterable[NamedRow], *, without: Collection[str] = ()) -> list[RecordT]:
    """`record` of each row."""
    return list(map(_maker(table, frozenset(without)), rows))


def changed(before: RecordT, **values: Any) -> RecordT:
    """A copy of a record in which some columns have other values. The database knows nothing of it.

    Raises:
        ValueError: the class has no such column.
    """
    shape = _shape(type(before))
    if unknown := values.keys() - set(shape.names):
        raise ValueError(f"{type(before).__name__} has no column {', '.join(sorted(unknown))}.")
    return _built(type(before), {**before.__dict__, **values})


@dataclass(frozen=True, slots=True)
class _Shape:
    """What of a class is worked out once. ``decoded``: columns of JSON, which the driver gives as text."""

    names: tuple[str, ...]
    decoded: frozenset[str]


@cache
def _shape(table: type[SQLModel]) -> _Shape:
    class_mapper(table)  # before a class is mapped to the end, its attributes cannot be read
    defined: Table = table.__table__  # type: ignore[attr-defined]
    fields = table.model_fields
    names = tuple(column.name for column in defined.columns)
    if set(names) != set(fields):
        raise ValueError(f"{table.__name__} names attributes otherwise than columns; a record needs them alike.")
    as_objects = {
        column.name
        for column in defined.columns
        if isinstance(column.type, JSON) and fields[column.name].annotation is not str
    }
    return _Shape(names, frozenset(as_objects))


def _names(table: type[SQLModel], without: frozenset[str]) -> tuple[str, ...]:
    names = _shape(table).names
    if unknown := without.difference(names):
        raise ValueError(f"{table.__name__} has no column {', '.join(sorted(unknown))} that could be left out.")
    return tuple(name for name in names if name not in without)


@cache
def _maker(table: type[RecordT], without: frozenset[str]) -> Callable[[NamedRow], RecordT]:
    names = _names(table, without)
    decoded = tuple(name for name in names if name in _shape(table).decoded)
    # One name alone is no tuple for itemgetter; a second time it is.
    values_of = itemgetter(*names, names[0])

    def make(row: NamedRow) -> RecordT:
        return _built(table, dict(zip(names, values_of(row), strict=False)))

    def make_decoded(row: NamedRow) -> RecordT:
        values = dict(zip(names, values_of(row), strict=False))
        for name in decoded:
            if isinstance(values[name], str):
                values[name] = json.loads(values[name])
        return _built(table, values)

    return make_decoded if decoded else make


_set = object.__setattr__


def _built(table: type[RecordT], values: Mapping[str, Any]) -> RecordT:
    made = object.__new__(table)
    _set(made, "__dict__", values)
    # What pydantic looks at when objects are compared, shown or dumped.
    _set(made, "__pydantic_fields_set__", values.keys())
    _set(made, "__pydantic_extra__", None)
    _set(made, "__pydantic_private__", None)
    return made
