"""Refuses texts that cannot be stored, in whatever part of a request they stand, on every route.

PostgreSQL's text holds neither NUL nor half a letter (a lone surrogate, which JSON can spell), and what it refuses
would be answered as our own failure. `create_app` puts this before each route, so no route can forget it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

UNFIT_CODE: Final = "string_unfit_sign"
_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")
# How such a sign may be written in the bytes of JSON; only then the body is looked through.
_MAYBE_UNFIT_JSON: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])|\x00|\xed[\xa0-\xbf]")

_Place = tuple[str | int, ...]


async def refuse_unfit_texts(request: Request) -> None:
    """The dependency. Raises RequestValidationError naming the fields; the texts themselves are not repeated."""
    places = [*_in_head(request), *await _in_body(request)]
    if places:
        raise RequestValidationError([{"type": UNFIT_CODE, "loc": place} for place in places])


def _in_head(request: Request) -> Iterator[_Place]:
    for name, value in request.path_params.items():
        if _UNFIT.search(str(value)):
            yield ("path", name)
    if request.scope["query_string"]:
        for name, value in request.query_params.multi_items():
            if _UNFIT.search(value) or _UNFIT.search(name):
                yield ("query", name)
    for raw_name, raw_value in request.scope["headers"]:
        if b"\x00" in raw_value:
            yield ("header", raw_name.decode("latin-1"))


async def _in_body(request: Request) -> list[_Place]:
    """Where in the body; only of one that FastAPI has read for the route, which keeps it in the request."""
    form = getattr(request, "_form", None)
    if isinstance(form, FormData):
        return [("body", name) for name, value in form.multi_items() if _is_unfit_part(name, value)]
    body = getattr(request, "_body", None)
    if not isinstance(body, bytes) or not _MAYBE_UNFIT_JSON.search(body):
        return []
    return list(_in_json(getattr(request, "_json", None), ("body",)))


def _is_unfit_part(name: str, value: str | UploadFile) -> bool:
    text = (value.filename or "") if isinstance(value, UploadFile) else value
    return _UNFIT.search(text) is not None or _UNFIT.search(name) is not None


def _in_json(value: Any, place: _Place) -> Iterator[_Place]:
    """Where in a JSON value; without recursion, because a sender decides how deep it is."""
    waiting: list[tuple[Any, _Place]] = [(value, place)]
    while waiting:
        inner, at = waiting.pop()
        if isinstance(inner, str):
            if _UNFIT.search(inner):
                yield at
        elif isinstance(inner, dict):
            yield from ((*at, name) for name in inner if _UNFIT.search(name))
            waiting += [(one, (*at, name)) for name, one in inner.items()]
        elif isinstance(inner, list):
            waiting += [(one, (*at, number)) for number, one in enumerate(inner)]
