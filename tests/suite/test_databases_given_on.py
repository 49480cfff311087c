"""A database that a test gives back is as it was made, whatever the test has done to it: the next test gets it."""

from __future__ import annotations

from collections.abc import Iterator

import asyncpg
import pytest

from deploy.local.stack import Stack
from tests.migrated import MigratedDatabases

PACKAGE = "tests.shared.demo.migrations"


@pytest.fixture
def databases(stack: Stack) -> Iterator[MigratedDatabases]:
    assert stack.databases is not None
    made = MigratedDatabases(stack.databases)
    yield made
    made.close()


async def said(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("change", "question"),
    [
        ("UPDATE alembic_version SET version_num = '9001'", "SELECT version_num FROM alembic_version"),
        ("DELETE FROM alembic_version", "SELECT version_num FROM alembic_version"),
        ("DELETE FROM schema_compatibility", "SELECT count(*) FROM schema_compatibility"),
        ("INSERT INTO audit_entry VALUES (1, now(), 'a', 'b', 'c', '{}', '')", "SELECT count(*) FROM audit_entry"),
        ("DELETE FROM audit_head", "SELECT count(*) FROM audit_head"),
    ],
)
async def test_what_a_test_has_changed_is_as_it_was_for_the_next(
    databases: MigratedDatabases, change: str, question: str
) -> None:
    url = await databases.take(PACKAGE)
    before = await said(url, question)
    await said(url, change)
    assert await said(url, question) != before, "the change has to be one"
    await databases.give_back(PACKAGE, url)
    assert await databases.take(PACKAGE) == url, "it is cheaper to empty one than to make one"
    assert await said(url, question) == before
