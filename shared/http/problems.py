"""Every refusal looks the same: an RFC 9457 problem with a stable type and a sentence that tells what to do next.

Officials read Indonesian first, so `title` and `detail` are Indonesian; `title_en` and `detail_en` say it in English.
A problem never repeats what was sent: it may be somebody's NIK.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

TYPE_PREFIX = "urn:payung:problem:"
MEDIA_TYPE = "application/problem+json"
REQUEST_ID_SCOPE_KEY = "payung.request_id"

Number = int | str


@dataclass(frozen=True)
class ProblemType:
    """One kind of refusal. The texts may hold ``{places}``; what fills them also becomes members of the body.

    ``code`` ends the stable type, ``urn:payung:problem:<code>``; it is never renamed. ``retry_after_s`` becomes the
    header Retry-After where asking again later helps.
    """

    code: str
    status: int
    title: str
    title_en: str
    detail: str
    detail_en: str
    retry_after_s: int | None = None

    @property
    def urn(self) -> str:
        """The stable ``type`` of RFC 9457."""
        return TYPE_PREFIX + self.code

    @property
    def places(self) -> frozenset[str]:
        """The names of the places in the texts."""
        texts = (self.detail, self.detail_en)
        return frozenset(name for text in texts for _, name, _, _ in Formatter().parse(text) if name)


class ProblemError(HTTPException):
    """Raise it to answer with a problem: ``raise ProblemError(LINE_EMPTY, remaining_rupiah=0)``.

    ``facts`` fill the places of the texts: whole numbers or words that the program chose, never what a person sent.
    It is an `HTTPException` so that FastAPI lets it pass from everywhere, the reading of the body included.
    """

    def __init__(
        self,
        problem: ProblemType,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, Any]] | None = None,
        **facts: Number,
    ) -> None:
        missing = problem.places - facts.keys()
        if missing:
            raise TypeError(f"The problem {problem.code} needs {', '.join(sorted(missing))}.")
        self.problem = problem
        self.errors = list(errors) if errors is not None else None
        self.facts = facts
        super().__init__(problem.status, detail=problem.detail_en.format_map(facts), headers=headers)


def problem_body(error: ProblemError, request_id: str | None) -> dict[str, Any]:
    """The JSON object of ``error`` as RFC 9457 lays it out."""
    problem = error.problem
    body: dict[str, Any] = {
        "type": problem.urn,
        "title": problem.title,
        "title_en": problem.title_en,
        "status": problem.status,
        "detail": problem.detail.format_map(error.facts),
        "detail_en": problem.detail_en.format_map(error.facts),
    }
    if request_id is not None:
        body["instance"] = f"urn:uuid:{request_id}"
    if error.errors is not None:
        body["errors"] = error.errors
    return {**error.facts, **body}


def problem_response(error: ProblemError, scope: Scope) -> Response:
    """The whole answer, with Retry-After where waiting helps and the headers that the raiser gave."""
    headers = dict(error.headers or {})
    retry_after_s = error.problem.retry_after_s
    if retry_after_s is not None and not any(name.lower() == "retry-after" for name in headers):
        headers["Retry-After"] = str(retry_after_s)
    content = json.dumps(problem_body(error, scope.get(REQUEST_ID_SCOPE_KEY)), ensure_ascii=False).encode()
    return Response(content, status_code=error.problem.status, headers=headers, media_type=MEDIA_TYPE)


def check_unique(problems: Iterable[ProblemType]) -> tuple[ProblemType, ...]:
    """The problems as given. Raises ValueError if two of them share a code: a client could not tell them apart."""
    seen: dict[str, ProblemType] = {}
    for problem in problems:
        if seen.setdefault(problem.code, problem) != problem:
            raise ValueError(f"Two problems are called {problem.code}; give one of them another code.")
    return tuple(seen.values())
