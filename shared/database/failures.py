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
    "25P02": "an earlier failure in this transaction",
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


class FailureKind(StrEnum):
    """What to do about a failure."""

    TRANSIENT = "transient"  # wait and try again: nothing is wrong with the input
    PERMANENT = "permanent"  # trying again gives the same: answer it or park it


def _is_transient_sqlstate(sqlstate: str | None) -> bool:
    return sqlstate is not None and (sqlstate in TRANSIENT_SQLSTATES or sqlstate[:2] in TRANSIENT_SQLSTATES)


def classify_failure(error: BaseException) -> FailureKind:
    """Say whether ``error`` passes by itself.

    Class 42 (undefined table or column, missing right) counts as transient: the fault is in the deployment, not in
    the event, so a million events must wait for the migration and not be parked one by one.
    """
    transient = False
    if isinstance(error, asyncpg.PostgresError):
        transient = _is_transient_sqlstate(error.sqlstate)
    elif isinstance(error, InterfaceError | PoolTimeoutError | asyncpg.InterfaceError):
        transient = not isinstance(error, asyncpg.DataError)
    elif isinstance(error, DBAPIError):
        sqlstate = getattr(error.orig, "sqlstate", None)
        transient = _is_transient_sqlstate(sqlstate) or error.connection_invalidated
    elif isinstance(error, OSError | TimeoutError):
        transient = True
    return FailureKind.TRANSIENT if transient else FailureKind.PERMANENT
