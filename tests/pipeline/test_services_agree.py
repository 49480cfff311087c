"""`payung verify` names the row when one side of what two services agree on is changed, deleted or doubled by hand."""

from __future__ import annotations

import asyncpg
import pytest

from tests.pipeline.conftest import Platform
from tests.pipeline.looking import broken_rows, look

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

_ONE = "ctid = (SELECT min(ctid) FROM {table} WHERE {where})"


async def _run(platform: Platform, service: str, *statements: str) -> None:
    connection = await asyncpg.connect(platform.database_urls[service])
    try:
        async with connection.transaction():
            for statement in statements:
                await connection.execute(statement)
    finally:
        await connection.close()


DELETED = [
    ("subsidy", "payment_line", "true", "contribution.paid"),
    ("enrolment", "cover_unfunded", "true", "contribution.unfunded"),
    ("notification", "message", "purpose = 'paid'", "notice.paid"),
    ("notification", "message", "purpose = 'covered'", "notice.covered"),
    ("notification", "message", "purpose = 'employer-late'", "notice.employer-late"),
    ("subsidy", "unfunded", "true", "contribution.unfunded"),
]
CHANGED = [
    ("enrolment", "worker", "decision = 'verified'", "decision = 'rejected'", "worker.decision"),
    ("subsidy", "worker_view", "enrolment_number = 1", "enrolment_number = 2", "worker.enrolled"),
    ("enrolment", "subsidy_grant", "true", "last_month = '2099-12'", "subsidy.granted"),
    ("enrolment", "cover_line", "due_version IS NOT NULL", "due_rupiah = due_rupiah + 1", "contribution.due"),
    ("enrolment", "cover_line", "payments > 0", "paid_rupiah = paid_rupiah - 1", "contribution.paid"),
    ("subsidy", "contribution", "true", "jkk_rupiah = jkk_rupiah + 1", "contribution.due"),
]


@pytest.mark.parametrize(("service", "table", "where", "fact"), DELETED)
async def test_a_deleted_row_shows(platform: Platform, service: str, table: str, where: str, fact: str) -> None:
    one = _ONE.format(table=table, where=where)
    saved = f"CREATE TABLE saved_by_test AS SELECT * FROM {table} WHERE {one}"
    await _run(platform, service, saved, f"DELETE FROM {table} WHERE {one}")
    try:
        found = [f for f in look(platform.database_urls).findings if f.broken and f.name == fact]
        assert found, f"deleting a row of {service}.{table} must break {fact}"
        assert all(one.row.startswith(f"{fact} ") and one.sentence for one in found[0].broken)
    finally:
        await _run(platform, service, f"INSERT INTO {table} SELECT * FROM saved_by_test", "DROP TABLE saved_by_test")
    assert broken_rows(look(platform.database_urls)) == set()


@pytest.mark.parametrize(("service", "table", "where", "change", "fact"), CHANGED)
async def test_a_changed_row_shows(
    platform: Platform, service: str, table: str, where: str, change: str, fact: str
) -> None:
    one = _ONE.format(table=table, where=where)
    column = change.split(" = ", maxsplit=1)[0]
    await _run(
        platform,
        service,
        f"CREATE TABLE saved_by_test AS SELECT * FROM {table} WHERE {one}",
        f"UPDATE {table} SET {change} WHERE {one}",
    )
    key = {"worker": "worker_id", "worker_view": "worker_id", "subsidy_grant": "grant_id"}.get(table, "contribution_id")
    try:
        assert fact in {f.name for f in look(platform.database_urls).findings if f.broken}
    finally:
        await _run(
            platform,
            service,
            f"UPDATE {table} t SET {column} = s.{column} FROM saved_by_test s WHERE t.{key} = s.{key}",
            "DROP TABLE saved_by_test",
        )
    assert broken_rows(look(platform.database_urls)) == set()
