"""Whole rows, written and listed by the class of their table, so that no column is named twice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from services.subsidy.tables import SubsidyTable
from shared.access.paging import Keyset, PageQuery
from shared.database.records import columns


def names(table: type[SQLModel]) -> tuple[str, ...]:
    """The columns, for COPY."""
    return tuple(table.__table__.c.keys())  # type: ignore[attr-defined]


def insert_into(table: type[SubsidyTable], then: str = "") -> str:
    """The statement that writes the `values` of a row; ``then``: what follows, as on a conflict."""
    places = ", ".join(f"${place}" for place, _ in enumerate(names(table), 1))
    return f"INSERT INTO {table.__tablename__} ({columns(table)}) VALUES ({places}) {then}"  # noqa: S608 - our names


def values(row: SubsidyTable) -> tuple[Any, ...]:
    """What a row holds, in the order of its columns."""
    return tuple(getattr(row, name) for name in names(type(row)))


class ById(Keyset):
    """The order of a list by its identifier, which is that of time: identifiers grow with it."""

    def __init__(self, table: type[SubsidyTable], name: str) -> None:
        super().__init__((table.__table__.c[name], UUID))  # type: ignore[attr-defined]

    def bounds(self, query: PageQuery | None) -> tuple[UUID | None, int]:
        """After which identifier the page begins, and how many rows to read: one more than it shows.

        Without a page it is one row. Raises CursorError for a damaged cursor.
        """
        if query is None:
            return None, 1
        after = self.after(query)
        return (after[0] if after else None), query.limit + 1
