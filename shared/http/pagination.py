"""How a route takes the place in a list from its address; the lists themselves are in `shared.access.paging`."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Query
from starlette.requests import Request

from shared.access.paging import DEFAULT_LIMIT, MAX_CURSOR_CHARACTERS, MAX_LIMIT, PAGING_PARAMETERS, PageQuery


async def page_query(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows on a page.")] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None, Query(max_length=MAX_CURSOR_CHARACTERS, description="Taken from 'next'; do not build it.")
    ] = None,
) -> PageQuery:
    """The dependency that reads ``limit`` and ``cursor``."""
    given = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    others = tuple((name, value) for name, value in given if name not in PAGING_PARAMETERS)
    return PageQuery(limit, cursor, request.url.path, others)
