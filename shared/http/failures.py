"""What people see when something goes wrong: a problem with a sentence, never an exception's text.

Exception texts may quote data (PostgreSQL names the conflicting value), so they are neither answered nor logged; the
log gets the type, the place in our code and the request's number.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from shared.access.errors import (
    AccessError,
    AreaCodeError,
    CursorError,
    NotVisibleError,
    OutsideAreaError,
    RefusedError,
    SamePersonError,
)
from shared.database.failures import FailureKind, classify_failure, is_read_only
from shared.http.problem_catalogue import (
    AREA_CODE_INVALID,
    AREA_NOT_ALLOWED,
    BAD_REQUEST,
    CURSOR_INVALID,
    INTERNAL,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTED,
    NOT_FOUND,
    READ_ONLY,
    SAME_PERSON,
    SIGN_IN_REQUIRED,
    UNAVAILABLE,
    VALIDATION,
)
from shared.http.problems import REQUEST_ID_SCOPE_KEY, ProblemError, ProblemType, problem_response
from shared.http.validation import describe_errors
from shared.invariants import InvariantError

_LOG = structlog.get_logger("payung.http")

_FOREIGN_PATHS = ("site-packages", "/lib/python", "<frozen")
_SHOWN_FRAMES = 5
_OTHER_TYPE = "A handler gets errors of the type that it is registered for."

# What the framework itself raises; its texts are not ours and may name internals.
_FRAMEWORK_STATUSES: dict[int, ProblemType] = {
    400: BAD_REQUEST,
    401: SIGN_IN_REQUIRED,
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
}
# What handlers and stores raise, wherever it comes from. A RefusedError brings the code of its problem along.
_ACCESS_PROBLEMS: Final[Mapping[type[AccessError], ProblemType]] = {
    NotVisibleError: NOT_FOUND,
    OutsideAreaError: AREA_NOT_ALLOWED,
    SamePersonError: SAME_PERSON,
    CursorError: CURSOR_INVALID,
    AreaCodeError: AREA_CODE_INVALID,
}
# An OSError of these kinds is about a file of ours and does not pass by waiting.
_LASTING_OS_ERRORS = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError)


def problem_for_failure(error: Exception) -> ProblemError:
    """The problem to answer with when ``error`` reached the edge: 503 if it passes by itself, else 500."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, _LASTING_OS_ERRORS):
        return ProblemError(INTERNAL)
    if is_read_only(error):
        return ProblemError(READ_ONLY)
    if classify_failure(error) is FailureKind.TRANSIENT:
        return ProblemError(UNAVAILABLE)
    return ProblemError(INTERNAL)


def problem_for_access(error: AccessError, problems: Mapping[str, ProblemType]) -> ProblemError:
    """The problem that says what ``error`` means; ``problems`` are those that the service declares, by code.

    Raises LookupError for a refusal that is not among them: the service has to declare it, and until then its client
    gets a 500.
    """
    if isinstance(error, RefusedError):
        return ProblemError(problems[error.code], headers=None, errors=None, **error.facts)
    return ProblemError(_ACCESS_PROBLEMS[type(error)])


def record_failure(error: Exception, scope: Scope, template: str | None, status: int) -> None:
    """Log where it went wrong, without the exception's text."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    # Health tells of a read-only database once; each command need not cry out again.
    level = "warning" if status < 500 or isinstance(error, PoolTimeoutError) or is_read_only(error) else "error"
    getattr(_LOG, level)(
        "http_request_failed",
        request_id=scope.get(REQUEST_ID_SCOPE_KEY),
        method=scope.get("method"),
        route=template,
        status_code=status,
        error_type=type(cause).__name__,
        at=_place_of(error),
        sqlstate=getattr(cause, "sqlstate", None),
    )


def _place_of(error: Exception) -> str:
    """Where it was raised, and through which of our own lines, as ``file:line function``, the innermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    inner = [frame for frame in frames[:-1] if frame.name != "__call__"]  # not the middleware
    own = [frame for frame in inner if not any(part in frame.filename for part in _FOREIGN_PATHS)]
    shown = [*reversed(frames[-1:]), *reversed(own[-_SHOWN_FRAMES:])]
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in shown)


def install_handlers(app: FastAPI, known_names: frozenset[str], problems: Sequence[ProblemType]) -> None:
    """Answer the framework's and our own exceptions with problems.

    ``known_names`` are the schema's field names, ``problems`` what a RefusedError may name.
    """
    by_code = {problem.code: problem for problem in problems}

    async def on_problem(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise InvariantError(_OTHER_TYPE) from error
        return problem_response(_as_problem(error), request.scope)

    async def on_validation(request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise InvariantError(_OTHER_TYPE) from error
        return problem_response(_validation_problem(error, known_names), request.scope)

    async def on_access(request: Request, error: Exception) -> Response:
        if not isinstance(error, AccessError):
            raise InvariantError(_OTHER_TYPE) from error
        return problem_response(problem_for_access(error, by_code), request.scope)

    app.add_exception_handler(HTTPException, on_problem)
    app.add_exception_handler(AccessError, on_access)
    app.add_exception_handler(RequestValidationError, on_validation)


def _as_problem(error: HTTPException) -> ProblemError:
    if isinstance(error, ProblemError):
        return error
    if error.status_code >= 500:
        return ProblemError(INTERNAL, headers=error.headers)
    problem = _FRAMEWORK_STATUSES.get(error.status_code, NOT_ACCEPTED)
    return ProblemError(problem, headers=error.headers)


def _validation_problem(error: RequestValidationError, known_names: frozenset[str]) -> ProblemError:
    errors: list[Any] = list(error.errors())
    # RFC 9110, 15.5.1: what cannot be parsed at all is a bad request, not a wrong field.
    if any(item.get("type") == "json_invalid" for item in errors):
        return ProblemError(BAD_REQUEST, errors=describe_errors(errors, known_names))
    return ProblemError(VALIDATION, errors=describe_errors(errors, known_names))
