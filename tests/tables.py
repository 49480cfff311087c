"""Whether the tables that a service's code declares are those of its migrated database, column by column."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from sqlalchemy import Connection, Inspector, Table, inspect
from sqlalchemy.dialects.postgresql import dialect
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from shared.database import Database

_DIALECT = dialect()  # type: ignore[no-untyped-call]
_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
"""


def classes_of(service: str) -> list[type[SQLModel]]:
    """Every table class of a service, by name of its table."""
    package = f"services.{service}.tables"
    root = importlib.import_module(package)
    modules = [root]
    for found in pkgutil.iter_modules(getattr(root, "__path__", ())):
        modules.append(importlib.import_module(f"{package}.{found.name}"))
    classes = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, SQLModel) and hasattr(value, "__table__")
    }
    return sorted(classes, key=lambda one: table_of(one).name)


def table_of(declared: type[SQLModel]) -> Table:
    """What SQLAlchemy knows of a table class."""
    table: Table = declared.__table__  # type: ignore[attr-defined]
    return table


async def differences(url: str, classes: list[type[SQLModel]]) -> list[str]:
    """What the classes say otherwise than the database at ``url``: one sentence for each; none where they agree."""
    database = Database(url)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(_all_differences, classes)
    finally:
        await database.close()


async def tables_without_class(url: str, kit_url: str, classes: list[type[SQLModel]]) -> set[str]:
    """Tables of the service's own that no class declares. ``kit_url``: a database that has only the kit's tables."""
    declared = {table_of(one).name for one in classes}
    return await _table_names(url) - await _table_names(kit_url) - declared


async def _table_names(url: str) -> set[str]:
    database = Database(url)
    try:
        async with database.transaction() as tx:
            return {row["relname"] for row in await tx.fetch(_TABLES)}
    finally:
        await database.close()


def _all_differences(connection: Connection, classes: list[type[SQLModel]]) -> list[str]:
    inspector = inspect(connection)
    return [sentence for one in classes for sentence in _differences(inspector, table_of(one))]


def _differences(inspector: Inspector, table: Table) -> Iterator[str]:
    if not inspector.has_table(table.name):
        yield f"The database has no table {table.name}."
        return
    stored = {column["name"]: column for column in inspector.get_columns(table.name)}
    declared = {column.name: column for column in table.columns}
    yield from (f"{table.name}.{name} is only in the database." for name in sorted(stored.keys() - declared.keys()))
    yield from (f"{table.name}.{name} is only in the code." for name in sorted(declared.keys() - stored.keys()))
    for name in sorted(stored.keys() & declared.keys()):
        ours, theirs = _told(declared[name].type), _told(stored[name]["type"])
        if ours != theirs:
            yield f"{table.name}.{name} is {ours} in the code and {theirs} in the database."
        if bool(declared[name].nullable) != stored[name]["nullable"]:
            yield f"{table.name}.{name} may be NULL in the {'code' if declared[name].nullable else 'database'} only."
    key = inspector.get_pk_constraint(table.name)["constrained_columns"]
    if set(key) != {column.name for column in table.primary_key}:
        yield f"{table.name} has the primary key {', '.join(key)} in the database."


def _told(kind: TypeEngine[object]) -> str:
    """A type as PostgreSQL spells it; text without a length is one type under two names."""
    words = kind.compile(dialect=_DIALECT)
    return words.replace("VARCHAR", "TEXT") if words.partition(" ")[0] in {"VARCHAR", "VARCHAR[]"} else words
