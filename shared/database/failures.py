"""Which failures pass by themselves and which stay until a person acts.

A transient failure is retried without limit (nothing is lost by waiting); a permanent one is answered or parked.
The table follows PostgreSQL's error classes (documentation, appendix A).
"""

from __future__ import annotations

from enum import StrEnum

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# Error class (first two characters of SQLSTATE) or whole SQLSTATE -> why waiting helps.
TRANSIENT_SQLSTATES: dict[str, str] = {
    "08": "the connection broke",
    "25P03": "idle too long in a transaction",
    "40": "the transaction lost against another one (serialisation, deadlock)",
    "42": "the schema is not the one this program expects: a migration is missing or a right was taken away",
    "53": "the server is out of disk, memory or connections",
    "55P03": "a lock was not available in time",
    "57": "an operator or the server ended the statement",
    "58": "the server's own input or output failed",
    "3D": "the database is not there yet",
    "28": "the role may not log in (yet)",
    "XX": "the server reports an internal error",
}
_QUERY_CANCELED = "57014"


class FailureKind(StrEnum):
    """What to do about a failure."""

    TRANSIENT = "transient"  # wait and try again: nothing is wrong with the input
    PERMANENT = "permanent"  # trying again gives the same: answer it or park it


def sqlstate_of(error: BaseException) -> str | None:
    """PostgreSQL's code of ``error``, from the driver itself or through SQLAlchemy; None for anything else."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    sqlstate = getattr(origin, "sqlstate", None)
    return sqlstate if isinstance(sqlstate, str) else None


def took_too_long(error: BaseException) -> bool:
    """Whether a statement was ended by its time-out, which comes again unless there is less to do."""
    return sqlstate_of(error) == _QUERY_CANCELED


def _is_transient_sqlstate(sqlstate: str | None) -> bool:
    return sqlstate is not None and (sqlstate in TRANSIENT_SQLSTATES or sqlstate[:2] in TRANSIENT_SQLSTATES)


def classify_failure(error: BaseException) -> FailureKind:
    """Say whether ``error`` passes by itself.

    Class 42 (undefined table or column, missing right) counts as transient: the fault is in the deployment, not in
    the event, so a million events must wait for the migration and not be parked one by one. A group passes if one
    of its failures does: what stays shows when the others have passed.
    """
    transient = False
    if isinstance(error, BaseExceptionGroup):
        transient = any(classify_failure(inner) is FailureKind.TRANSIENT for inner in error.exceptions)
    elif isinstance(error, asyncpg.PostgresError):
        transient = _is_transient_sqlstate(error.sqlstate)
    elif isinstance(error, InterfaceError | PoolTimeoutError | asyncpg.InterfaceError | asyncpg.InternalClientError):
        # The last: the connection went while the driver was between two messages. No event is to blame for it.
        transient = not isinstance(error, asyncpg.DataError)
    elif isinstance(error, DBAPIError):
        transient = _is_transient_sqlstate(sqlstate_of(error)) or error.connection_invalidated
    elif isinstance(error, OSError | TimeoutError):
        transient = True
    return FailureKind.TRANSIENT if transient else FailureKind.PERMANENT
