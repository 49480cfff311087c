"""No service reaches another's database: one role per database, passwords for everybody, no side door."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from deploy.local.postgres import Databases
from deploy.local.stack import Stack
from shared.contracts.catalogue import RUNNING_SERVICES


@pytest.fixture(scope="module")
def databases(stack: Stack) -> Databases:
    assert stack.databases is not None
    return stack.databases


@pytest.fixture(scope="module")
def urls(databases: Databases) -> dict[str, str]:
    databases.ensure(RUNNING_SERVICES)
    return databases.ensure(RUNNING_SERVICES)  # a second time changes nothing and breaks nothing


def _with(url: str, **parts: str) -> str:
    """The same address with another ``password`` or ``database``."""
    split = urlsplit(url)
    password = parts.get("password", split.password)
    return urlunsplit(
        split._replace(
            netloc=f"{split.username}:{password}@{split.hostname}:{split.port}",
            path="/" + parts.get("database", split.path.lstrip("/")),
        )
    )


async def _ask(url: str, question: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(question)
    finally:
        await connection.close()


async def test_a_role_works_in_its_own_database(urls: dict[str, str]) -> None:
    for service in RUNNING_SERVICES:
        row = (await _ask(urls[service], "SELECT current_user, current_database()"))[0]
        assert tuple(row) == (service, service)
        connection = await asyncpg.connect(urls[service])
        try:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute("CREATE TABLE own_table (id int)")
            await transaction.rollback()
        finally:
            await connection.close()


@pytest.mark.parametrize("role", RUNNING_SERVICES)
async def test_a_role_connects_to_no_other_database(role: str, urls: dict[str, str]) -> None:
    for database in {*RUNNING_SERVICES, "postgres", "template1"} - {role}:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
            await asyncpg.connect(_with(urls[role], database=database))


async def test_without_the_right_password_nobody_gets_in(urls: dict[str, str], databases: Databases) -> None:
    neighbour = urlsplit(urls["subsidy"]).password or ""
    for url in (urls["enrolment"], databases.superuser_url):
        for wrong in ("", "postgres", "x", neighbour):
            with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InterfaceError)):
                await asyncpg.connect(_with(url, password=wrong))


async def test_every_way_in_asks_for_a_password(databases: Databases) -> None:
    rules = await _ask(databases.superuser_url, "SELECT auth_method, error FROM pg_hba_file_rules")
    assert rules
    assert {tuple(rule) for rule in rules} == {("scram-sha-256", None)}
    settings = await _ask(
        databases.superuser_url,
        "SELECT name, setting FROM pg_settings WHERE name IN ('listen_addresses', 'unix_socket_directories')",
    )
    assert {row["name"]: row["setting"] for row in settings} == {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
    }


async def test_the_public_may_connect_nowhere(databases: Databases, urls: dict[str, str]) -> None:
    assert urls
    open_doors = await _ask(
        databases.superuser_url,
        "SELECT datname FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))"
        " WHERE grantee = 0 AND privilege_type IN ('CONNECT', 'TEMPORARY') AND datallowconn",
    )
    assert open_doors == []


async def test_a_role_has_no_power_over_the_server(urls: dict[str, str]) -> None:
    question = (
        "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles"
        " WHERE rolname = current_user"
    )
    for url in urls.values():
        assert (await _ask(url, question))[0][0] is False
        for forbidden in ("CREATE DATABASE another", "CREATE ROLE another", "COPY (SELECT 1) TO PROGRAM 'true'"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await _ask(url, forbidden)


async def test_a_refused_value_stays_out_of_the_log(stack: Stack, databases: Databases) -> None:
    secret = "6472012345670001"
    name, url = databases.create_temporary("leak")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TABLE person (nik text PRIMARY KEY)")
        await connection.execute("INSERT INTO person VALUES ($1)", secret)
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("INSERT INTO person VALUES ($1)", secret)
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute(f"INSERT INTO person VALUES ('{secret}')")
    finally:
        await connection.close()
        databases.drop(name)
    log = (stack.home.logs / "postgres.log").read_text(errors="replace")
    assert "person_pkey" in log  # the error is there
    assert secret not in log


def test_a_name_that_could_be_a_statement_is_refused(databases: Databases) -> None:
    with pytest.raises(ValueError, match="cannot name a database"):
        databases.ensure(['x"; DROP DATABASE enrolment; --'])
