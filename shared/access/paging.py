"""Long lists in pages that neither skip nor repeat rows while others insert: the page starts after a known row.

A cursor is not a secret and not a right: it only says where to go on, and the query it goes into is narrowed to the
caller's area as always. So it is validated against the columns' types and bound to its search, but not signed.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, Integer, Select, SmallInteger, tuple_

from shared.access.errors import CursorError

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_CURSOR_CHARACTERS = 1024
_CURSOR_VERSION = 1
_SEARCH_DIGEST_CHARACTERS = 16
PAGING_PARAMETERS = frozenset({"cursor", "limit"})

ItemT = TypeVar("ItemT")


class Page(BaseModel, Generic[ItemT]):
    """One page of a list."""

    items: list[ItemT]
    next: Annotated[
        str | None, Field(description="Address of the next page, relative to this service; null on the last page.")
    ] = None


@dataclass(frozen=True)
class PageQuery:
    """What the caller asked for. Routes get it with ``Annotated[PageQuery, Depends(page_query)]``."""

    limit: int
    cursor: str | None
    path: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def search(self) -> str:
        """Names this search: the path and all parameters but those of paging, in any order."""
        text = json.dumps([self.path, sorted(self.parameters)])
        return hashlib.sha256(text.encode()).hexdigest()[:_SEARCH_DIGEST_CHARACTERS]


class Keyset:
    """The order of a list: columns whose values together are unique, so that "after this row" is one place.

    ``Keyset((table.c.registered_at, datetime), (table.c.id, UUID))``. No column may be null or hold personal data:
    its value travels in the cursor, in addresses and so in proxies' logs.
    """

    def __init__(self, *columns: tuple[Any, type[Any]], descending: bool = False) -> None:
        if not columns:
            raise ValueError("A list needs at least one column to be ordered by.")
        self._columns = [column for column, _ in columns]
        self._adapters = [_adapter_for(column, kind) for column, kind in columns]
        self._descending = descending

    def apply(self, statement: Select[Any], query: PageQuery) -> Select[Any]:
        """``statement`` in this order, from the cursor on, with one row more than the page to see whether it ends."""
        after = self.after(query)
        if after is not None:
            statement = statement.where(self._beyond(after))
        order = [column.desc() if self._descending else column.asc() for column in self._columns]
        return statement.order_by(*order).limit(query.limit + 1)

    def _beyond(self, after: Sequence[Any]) -> ColumnElement[bool]:
        here, there = tuple_(*self._columns), tuple_(*after)
        return here < there if self._descending else here > there

    def after(self, query: PageQuery) -> tuple[Any, ...] | None:
        """The values of the last row seen, None on the first page; also for raw SQL.

        Raises CursorError for a cursor that is damaged or belongs to another search.
        """
        if query.cursor is None:
            return None
        try:
            padded = query.cursor + "=" * (-len(query.cursor) % 4)
            version, search, values = json.loads(
                base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
            )
            if version != _CURSOR_VERSION or search != query.search or len(values) != len(self._adapters):
                raise CursorError
            return tuple(
                adapter.validate_json(json.dumps(value), strict=True)
                for adapter, value in zip(self._adapters, values, strict=True)
            )
        except (ValueError, TypeError, RecursionError, ValidationError):
            raise CursorError from None

    def page(self, rows: Sequence[Any], items: Sequence[ItemT], query: PageQuery) -> Page[ItemT]:
        """The page of ``items``, one made from each of ``rows``, which are the result of `apply`.

        A row is anything with the columns' names as attributes, as SQLAlchemy's rows are.
        """
        if len(rows) != len(items):
            raise ValueError("Each row of a page needs its item.")
        if len(rows) <= query.limit:
            return Page[Any](items=list(items))
        last = rows[query.limit - 1]
        values = [
            adapter.dump_python(getattr(last, column.key), mode="json")
            for adapter, column in zip(self._adapters, self._columns, strict=True)
        ]
        parameters = [*query.parameters, ("limit", str(query.limit)), ("cursor", self._cursor(values, query))]
        return Page[Any](items=list(items[: query.limit]), next=f"{query.path}?{urlencode(parameters)}")

    def _cursor(self, values: list[Any], query: PageQuery) -> str:
        text = json.dumps([_CURSOR_VERSION, query.search, values], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def _adapter_for(column: Any, kind: type[Any]) -> TypeAdapter[Any]:
    """Reads and writes one value of a cursor, within what PostgreSQL takes: a made-up cursor gets a 400, not a 500."""
    if kind is int:
        bits = {SmallInteger: 15, Integer: 31}.get(type(column.type), 63)
        return TypeAdapter(Annotated[int, Field(ge=-(2**bits), lt=2**bits)])
    if kind is str:
        return TypeAdapter(Annotated[str, Field(pattern=r"^[^\x00]*$")])
    if kind is datetime:
        earliest, latest = datetime(1900, 1, 1, tzinfo=UTC), datetime(2300, 1, 1, tzinfo=UTC)
        return TypeAdapter(Annotated[AwareDatetime, Field(ge=earliest, le=latest)])
    if kind in {date, UUID}:
        return TypeAdapter(kind)
    raise ValueError(f"A list cannot be ordered by {kind.__name__}; use whole numbers, text, times or ids.")
