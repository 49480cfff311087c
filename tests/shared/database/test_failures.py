"""What PostgreSQL says is judged by its code: what passes is waited for, what stays is answered or parked."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from shared.database.failures import SQLSTATES, FailureKind, classify_failure, is_read_only, reason_of

PASSES = {
    *("08000", "08001", "08003", "08004", "08006", "08P01"),
    *("25006", "25P03", "25P04", "26000", "28000", "28P01", "3D000", "3F000"),
    *("40000", "40001", "40003", "40P01", "42501", "42703", "42P01", "42P05"),
    *("53000", "53100", "53200", "53300", "53400", "55000", "55006", "55P03"),
    *("57000", "57014", "57P01", "57P02", "57P03", "57P04", "57P05", "58000", "58030", "58P01"),
    *("F0000", "XX000", "XX001"),
}
STAYS = {
    *("0A000", "21000", "22003", "22P02", "23502", "23503", "23505", "23514", "25000", "25001", "25P01", "25P02"),
    *("44000", "54000", "54001", "P0001"),
}
# Appendix A also lists codes that never reach a program like ours: success and warnings, SQL/MED, cursors, PL/pgSQL.
NEVER_MET = {
    *("00", "01", "02", "03", "09", "0B", "0F", "0L", "0P", "0Z", "10", "20", "24", "27", "2B", "2D", "2F", "34", "38"),
    *("39", "3B", "72", "HV"),
}


def _raised(sqlstate: str) -> asyncpg.PostgresError:
    error: asyncpg.PostgresError = asyncpg.PostgresError.new({"C": sqlstate, "M": "said by the server"})
    return error


@pytest.mark.parametrize("sqlstate", sorted(PASSES | STAYS))
def test_a_failure_is_judged_by_its_code(sqlstate: str) -> None:
    expected = FailureKind.TRANSIENT if sqlstate in PASSES else FailureKind.PERMANENT
    error = _raised(sqlstate)
    assert classify_failure(error) is expected
    assert classify_failure(DBAPIError("SELECT", None, error)) is expected, "the same through SQLAlchemy"
    assert classify_failure(ExceptionGroup("lanes", [ValueError(), error])) is expected
    assert reason_of(error), "an operator reads why"


def test_every_class_of_the_servers_codes_is_judged() -> None:
    known = {
        error.sqlstate[:2]
        for error in vars(asyncpg.exceptions).values()
        if isinstance(error, type) and issubclass(error, asyncpg.PostgresError) and error.sqlstate
    }
    judged = {code[:2] for code in SQLSTATES}
    assert known - judged <= NEVER_MET, "say in the table whether these pass"
    assert not judged & NEVER_MET


def test_a_plan_that_a_migration_made_old_passes() -> None:
    """It carries the code of what PostgreSQL cannot do, but the driver plans anew at the next attempt."""
    outdated = asyncpg.exceptions.InvalidCachedStatementError("cached statement plan is invalid")
    assert classify_failure(outdated) is FailureKind.TRANSIENT
    assert classify_failure(DBAPIError("SELECT", None, outdated)) is FailureKind.TRANSIENT
    assert classify_failure(_raised("0A000")) is FailureKind.PERMANENT


def test_a_read_only_database_is_known_wherever_it_shows() -> None:
    refusal = _raised("25006")
    assert is_read_only(refusal)
    assert is_read_only(DBAPIError("INSERT", None, refusal))
    assert is_read_only(ExceptionGroup("lanes", [ValueError(), refusal]))
    assert not is_read_only(_raised("25001"))
