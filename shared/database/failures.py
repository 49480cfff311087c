"""Which failures pass by themselves and which stay until a person acts.

A transient failure is retried without limit (nothing is lost by waiting); a permanent one is answered or parked.
Source: PostgreSQL 18 documentation, appendix A (error codes). What is not listed there by us is permanent.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class FailureKind(StrEnum):
    """What to do about a failure."""

    TRANSIENT = "transient"  # wait and try again: nothing is wrong with the input
    PERMANENT = "permanent"  # trying again gives the same: answer it or park it


_PASSES, _STAYS = FailureKind.TRANSIENT, FailureKind.PERMANENT

# Error class (first two characters of SQLSTATE) or whole SQLSTATE -> the kind, and why. The whole one goes first.
SQLSTATES: Final[dict[str, tuple[FailureKind, str]]] = {
    "08": (_PASSES, "the connection broke"),
    "0A": (_STAYS, "the program asks for what PostgreSQL cannot do"),
    "21": (_STAYS, "a statement gave another number of rows than it may"),
    "22": (_STAYS, "a value is not one of its type"),
    "23": (_STAYS, "a row breaks a rule of the schema"),
    "25": (_STAYS, "the program uses a transaction wrongly"),
    "25006": (_PASSES, "the database is read-only: a replica not promoted yet, or default_transaction_read_only"),
    # It only says that an earlier statement failed and that its failure was swallowed; waiting does not undo that.
    "25P02": (_STAYS, "an earlier statement of the transaction failed"),
    "25P03": (_PASSES, "idle too long in a transaction"),
    "25P04": (_PASSES, "the transaction took too long"),
    "26": (_PASSES, "a prepared statement is gone: a pooler gave the session to somebody else"),
    "28": (_PASSES, "the role may not log in (yet)"),
    "3D": (_PASSES, "the database is not there yet"),
    "3F": (_PASSES, "the schema is not there yet"),
    # Also how a standby ends a query that is in the way of replaying the primary's changes.
    "40": (_PASSES, "the transaction lost against another one (serialisation, deadlock, recovery)"),
    "42": (_PASSES, "the schema is not the one this program expects: a migration is missing or a right was taken away"),
    "44": (_STAYS, "a row does not fit the view it is written through"),
    "53": (_PASSES, "the server is out of disk, memory or connections"),
    "54": (_STAYS, "a statement is larger than PostgreSQL allows"),
    "55000": (_PASSES, "the server is not in the state for this: recovering, or closed to connections"),
    "55006": (_PASSES, "somebody else uses the object"),
    "55P03": (_PASSES, "a lock was not available in time"),
    "57": (_PASSES, "an operator or the server ended the statement or the session, or the server is starting"),
    "58": (_PASSES, "the server's own input or output failed"),
    "F0": (_PASSES, "the server's configuration file is damaged"),
    "P0": (_STAYS, "a function of the schema refused"),
    "XX": (_PASSES, "the server reports an internal error"),
}
_QUERY_CANCELED = "57014"
_READ_ONLY = "25006"
_LOCK_NOT_AVAILABLE = "55P03"
_OF_THE_DATABASE = (
    DBAPIError,
    PoolTimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
# Raised once after a migration, with the SQLSTATE of a permanent failure; the driver then plans anew.
_OUTDATED_PLAN = "InvalidCachedStatementError"


def sqlstate_of(error: BaseException) -> str | None:
    """PostgreSQL's code of ``error``, from the driver itself or through SQLAlchemy; None for anything else."""
    sqlstate = getattr(_origin(error), "sqlstate", None)
    return sqlstate if isinstance(sqlstate, str) else None


def reason_of(error: BaseException) -> str:
    """In words why PostgreSQL failed, without a value of the statement; empty if it is not known."""
    return _verdict(sqlstate_of(error))[1]


def took_too_long(error: BaseException) -> bool:
    """Whether a statement was ended by its time-out, which comes again unless there is less to do."""
    return sqlstate_of(error) == _QUERY_CANCELED


def lost_against_another(error: BaseException) -> bool:
    """Whether the transaction lost against another one (deadlock, serialisation, lock time-out)."""
    sqlstate = sqlstate_of(error) or ""
    return sqlstate.startswith("40") or sqlstate == _LOCK_NOT_AVAILABLE


def concerns_everybody(error: BaseException) -> bool:
    """Whether it is the database that cannot serve now, whoever asks and whatever for: no disk, no table, no reply.

    Losing against another transaction and taking too long are about what was asked. A file that cannot be opened is no
    fault of the database.
    """
    if lost_against_another(error) or took_too_long(error) or isinstance(error, OSError):
        return False
    return isinstance(error, _OF_THE_DATABASE) and classify_failure(error) is FailureKind.TRANSIENT


def is_read_only(error: BaseException) -> bool:
    """Whether the database takes no writes now; reads go on."""
    if isinstance(error, BaseExceptionGroup):
        return any(is_read_only(inner) for inner in error.exceptions)
    return sqlstate_of(error) == _READ_ONLY


def _origin(error: BaseException) -> object:
    return error.orig if isinstance(error, DBAPIError) else error


def _verdict(sqlstate: str | None) -> tuple[FailureKind, str]:
    code = sqlstate or ""
    return SQLSTATES.get(code) or SQLSTATES.get(code[:2]) or (_STAYS, "")


def _passes(error: BaseException) -> bool:
    return type(_origin(error)).__name__ == _OUTDATED_PLAN or _verdict(sqlstate_of(error))[0] is _PASSES


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
        transient = _passes(error)
    elif isinstance(error, InterfaceError | PoolTimeoutError | asyncpg.InterfaceError | asyncpg.InternalClientError):
        # The last: the connection went while the driver was between two messages. No event is to blame for it.
        transient = not isinstance(error, asyncpg.DataError)
    elif isinstance(error, DBAPIError):
        transient = _passes(error) or error.connection_invalidated
    elif isinstance(error, OSError | TimeoutError):
        transient = True
    return FailureKind.TRANSIENT if transient else FailureKind.PERMANENT
