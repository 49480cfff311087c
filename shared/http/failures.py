"""What people see when something goes wrong: a problem with a sentence, never an exception's text.

Exception texts may quote data (PostgreSQL names the conflicting value), so they are neither answered nor logged; the
log gets the type, the place in our code and the request's number.
"""

from __future__ import annotations

import traceback
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from shared.database.failures import FailureKind, classify_failure
from shared.http.problem_catalogue import (
    BAD_REQUEST,
    INTERNAL,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTED,
    NOT_FOUND,
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
# An OSError of these kinds is about a file of ours and does not pass by waiting.
_LASTING_OS_ERRORS = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError)


def problem_for_failure(error: Exception) -> ProblemError:
    """The problem to answer with when ``error`` reached the edge: 503 if it passes by itself, else 500."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, _LASTING_OS_ERRORS):
        return ProblemError(INTERNAL)
    if classify_failure(error) is FailureKind.TRANSIENT:
        return ProblemError(UNAVAILABLE)
    return ProblemError(INTERNAL)


def record_failure(error: Exception, scope: Scope, template: str | None, status: int) -> None:
    """Log where it went wrong, without the exception's text."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    level = "warning" if status < 500 or isinstance(error, PoolTimeoutError) else "error"
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


def install_handlers(app: FastAPI, known_names: frozenset[str]) -> None:
    """Answer the framework's and our own exceptions with problems. ``known_names`` are the schema's field names."""

    async def on_problem(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise InvariantError(_OTHER_TYPE) from error
        return problem_response(_as_problem(error), request.scope)

    async def on_validation(request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise InvariantError(_OTHER_TYPE) from error
        return problem_response(_validation_problem(error, known_names), request.scope)

    app.add_exception_handler(HTTPException, on_problem)
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
