"""The schema goes up and down; months that were dates become text, and every row stays what it was."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from asyncpg import CheckViolationError

from shared.database import Database, Transaction
from shared.service.migrations import Migrations
from tests.shared.service.migration_checks import check_up_and_down

PACKAGE = "services.enrolment.migrations"
MONTHS = [date(2024, 12, 1), date(2026, 1, 1), date(2026, 10, 1), date(2026, 12, 1), date(2027, 1, 1)]

# Each row has the months of its place in the list and, where there are several, of the places after it; some have none.
_WORKERS = """
INSERT INTO worker (worker_id, version, status, decision, decision_id, region_code, village_code, occupation_code,
    participant_kind, registered_on, roster_id, row_number, enrolment_number, cover_from)
SELECT gen_random_uuid(), place, 'enrolled', 'verified', gen_random_uuid(), '6402', '6402012001', 'K11', 'bpu', month,
    gen_random_uuid(), place, 1, nullif(month, '2026-01-01') FROM old
"""
_ENROLMENTS = """
INSERT INTO enrolment (worker_id, enrolment_number, group_id, cover_from, enrolled_on, recorded_at, ended_on)
SELECT gen_random_uuid(), place, gen_random_uuid(), month, month + 14, now(), next FROM old
"""
_GRANTS = """
INSERT INTO subsidy_grant (grant_id, worker_id, group_id, first_month, last_month, granted_version, ended_version,
    ended_last_month, ended_reason)
SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), month, next, place, place, later, 'term-ended' FROM old
"""
_GROUPS = """
INSERT INTO member_group (group_id, decree_id, decree_number, programmes, income_band, first_month, last_month, lists)
SELECT gen_random_uuid(), gen_random_uuid(), '1/2026', '{JKK,JKM}', 1, month, coalesce(next, month), place FROM old
"""
_LISTS = """
INSERT INTO group_list (group_id, list_number, state, first_month, rows, cut_at)
SELECT gen_random_uuid(), place, 'cut', month, 3, now() FROM old
"""
_LINES = """
INSERT INTO cover_line (worker_id, month, contribution_id, due_version, due_rupiah, due_on, due_at, group_id)
SELECT md5('same worker')::uuid, month, gen_random_uuid(), place, 16800, month + 14, now(), gen_random_uuid() FROM old
"""
_UNFUNDED = """
INSERT INTO cover_unfunded (worker_id, month, version, reason)
SELECT md5('same worker')::uuid, month, place, 'no-budget' FROM old
"""
_NOTICES = """
INSERT INTO lapse_notice (worker_id, month, noticed_on) SELECT md5('same worker')::uuid, month, month + 16 FROM old
"""
_EMPLOYMENTS = """
INSERT INTO employment (worker_id, employer_id, version, employed_from, employed_until)
SELECT gen_random_uuid(), gen_random_uuid(), place, month, next FROM old
"""
_OLD = """
WITH old AS (
    SELECT place, month, lead(month) OVER (ORDER BY place) AS next, lead(month, 2) OVER (ORDER BY place) AS later
    FROM unnest($1::date[]) WITH ORDINALITY AS n(month, place)
)
"""
# Table, how it is filled, its columns of months.
TABLES = (
    ("worker", _WORKERS, ("cover_from",)),
    ("enrolment", _ENROLMENTS, ("cover_from",)),
    ("subsidy_grant", _GRANTS, ("first_month", "last_month", "ended_last_month")),
    ("member_group", _GROUPS, ("first_month", "last_month")),
    ("group_list", _LISTS, ("first_month",)),
    ("cover_line", _LINES, ("month",)),
    ("cover_unfunded", _UNFUNDED, ("month",)),
    ("lapse_notice", _NOTICES, ("month",)),
    ("employment", _EMPLOYMENTS, ("employed_from", "employed_until")),
)


async def test_it_goes_up_and_down(database_url: str) -> None:
    await check_up_and_down(PACKAGE, database_url)


async def test_months_at_both_ends_of_a_year_stay_what_they_were(database_url: str) -> None:
    migrations = Migrations(PACKAGE)
    await migrations.upgrade(database_url, "0007")
    async with _opened(database_url) as tx:
        for _, filling, _ in TABLES:
            await tx.run(_OLD + filling, MONTHS)
    before = {table: await _rows(database_url, table) for table, _, _ in TABLES}
    await migrations.upgrade(database_url, "0008")
    for table, _, months in TABLES:
        as_text = [{**row, **{column: _text(row[column]) for column in months}} for row in before[table]]
        assert len(as_text) == len(MONTHS), table
        assert await _rows(database_url, table) == as_text, table
    await migrations.downgrade(database_url, "0007")
    for table, _, _ in TABLES:
        assert await _rows(database_url, table) == before[table], table


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "2026-01-01", "Januari"])
async def test_what_is_no_month_is_refused(migrated_url: str, month: str) -> None:
    with pytest.raises(CheckViolationError):
        async with _opened(migrated_url) as tx:
            await tx.run("INSERT INTO lapse_notice VALUES (gen_random_uuid(), $1, '2026-12-01')", month)


@contextlib.asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Transaction]:
    """A transaction on a connection that knows of no schema before."""
    database = Database(url)
    try:
        async with database.transaction() as tx:
            yield tx
    finally:
        await database.close()


async def _rows(url: str, table: str) -> list[dict[str, Any]]:
    """All rows in an order that does not look at months."""
    order = {"cover_line": "due_version", "cover_unfunded": "version", "lapse_notice": "noticed_on"}.get(
        table, "t::text"
    )
    async with _opened(url) as tx:
        return [dict(row) for row in await tx.fetch(f"SELECT * FROM {table} t ORDER BY {order}")]


def _text(month: date | None) -> str | None:
    return None if month is None else f"{month:%Y-%m}"
