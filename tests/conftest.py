"""Tests run against a real broker and a real database; these fixtures give them addresses.

One stack serves the whole session. Set PAYUNG_TEST_HOME to a home that runs already (`python -m deploy.local up`)
and its stack is used and left running, which saves the start.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import structlog

from deploy.local import lifeline, ports
from deploy.local.errors import LocalRunError
from deploy.local.home import Home
from deploy.local.postgres.server import SETTINGS as POSTGRES_SETTINGS
from deploy.local.stack import Stack, destroy, local_stack
from deploy.local.supervisor import attach
from tests.migrated import MigratedDatabases
from tests.suite import recording, spreading

MakeDatabase = Callable[[], Awaitable[str]]
MakeMigrated = Callable[[str], Awaitable[str]]
TEST_HOME = "PAYUNG_TEST_HOME"
TEST_PREFIX = "payung-test-"
ABANDONED_AFTER_S = 3600.0
# Tests kill processes, never the machine: what was written and not yet on the disk outlives that. Waiting for the disk
# at every commit, every new and every dropped database costs more than most tests. Whoever runs `payung up` waits.
IN_NO_HURRY_TO_THE_DISK = {"fsync": "off", "full_page_writes": "off"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make test` wants to know what each test costs."""
    recording.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Begin to write it down, if asked to."""
    recording.register(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a run of several processes the long files begin first."""
    spreading.order(config, items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """`--dist loadfile` with what shares a platform in one process."""
    return spreading.ByPiece(config, log) if config.getoption("dist") == "loadfile" else None


@contextmanager
def _temporary_stack() -> Iterator[Stack]:
    """A stack in a home of its own that is gone, with every process, afterwards."""
    _sweep()
    path = Path(tempfile.mkdtemp(prefix=TEST_PREFIX))
    try:
        with ExitStack() as closing:
            with patch.dict(POSTGRES_SETTINGS, IN_NO_HURRY_TO_THE_DISK):  # for this start only
                own = closing.enter_context(local_stack(path, say=_say))
            yield own
            pids = [child.pid for child in own.children if child.pid is not None]
        left = [pid for pid in pids if lifeline.start_time(pid)]
        assert not left, f"These processes outlived their stack: {left}"
        destroy(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _sweep() -> None:
    """Remove homes of test runs that were killed before they could; a running one is locked and stays."""
    for path in Path(tempfile.gettempdir()).glob(f"{TEST_PREFIX}*"):
        with suppress(LocalRunError, OSError):
            if path.stat().st_uid == os.geteuid() and time.time() - path.stat().st_mtime > ABANDONED_AFTER_S:
                destroy(path)


def _say(line: str) -> None:
    """Tell the person at the terminal, once, what is weaker or slow."""
    sys.stderr.write(f"\n{line}\n")


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Broker and database for the session. Do not stop or pause them: others use them; see ``private_stack``."""
    if shared := os.environ.get(TEST_HOME):
        yield attach(Home(Path(shared)))
        return
    with _temporary_stack() as own:
        if recorder := recording.recorder_of(request.config):
            recorder.include(lambda: [child.pid for child in own.children if child.pid is not None])
        yield own


@pytest.fixture(scope="session")
def private_stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A stack that this session may break: stop, kill or pause ``.kafka`` and ``.postgres``, then start them again.

    It is the session's own stack, unless that one is shared with other people (PAYUNG_TEST_HOME).
    """
    if not os.environ.get(TEST_HOME):
        yield request.getfixturevalue("stack")
        return
    with _temporary_stack() as own:
        yield own


@pytest.fixture(scope="session")
def kafka_bootstrap(stack: Stack) -> str:
    """``host:port`` of the session's broker."""
    return stack.kafka_bootstrap


@pytest.fixture(scope="session")
def broker_kind(stack: Stack) -> str:
    """``kafka``, ``mesh`` (the stand-in) or ``external``."""
    return stack.broker_kind


@pytest.fixture(autouse=True)
def _logging_given_back() -> Iterator[None]:
    """Whatever a test does to logging ends with it: others read what is logged, in whatever order they run."""
    root = logging.getLogger()
    before, handlers, level = structlog.get_config(), list(root.handlers), root.level
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(autouse=True)
def _real_kafka_only(request: pytest.FixtureRequest) -> None:
    """Skip what needs real Kafka where only the stand-in broker runs."""
    if request.node.get_closest_marker("real_kafka") and request.getfixturevalue("broker_kind") == "mesh":
        pytest.skip(
            "needs real Kafka; the stand-in broker has no durability, no ACLs and no idempotent producer "
            "(`payung doctor` says what to install)"
        )


@pytest.fixture
async def make_database(stack: Stack) -> AsyncIterator[MakeDatabase]:
    """Makes fresh empty databases, each with its own role; gives ``postgresql://`` addresses; drops them afterwards."""
    databases = stack.databases
    if databases is None:
        pytest.fail("The tests make their own databases and need the embedded PostgreSQL.")
    made: list[str] = []

    async def make() -> str:
        name, url = await asyncio.to_thread(databases.create_temporary, "test")
        made.append(name)
        return url

    yield make
    for name in made:
        await asyncio.to_thread(databases.drop, name)


@pytest.fixture
async def database_url(make_database: MakeDatabase) -> str:
    """A fresh empty database for this test: ``postgresql://role:password@host:port/database``."""
    return await make_database()


@pytest.fixture(scope="session")
def _migrated_databases(stack: Stack) -> Iterator[MigratedDatabases]:
    if stack.databases is None:
        pytest.fail("The tests make their own databases and need the embedded PostgreSQL.")
    made = MigratedDatabases(stack.databases)
    yield made
    made.close()


@pytest.fixture
async def migrated_database(_migrated_databases: MigratedDatabases) -> AsyncIterator[MakeMigrated]:
    """Gives empty databases with the schema of a migrations package; a test uses them alone."""
    taken: list[tuple[str, str]] = []

    async def take(migrations: str) -> str:
        taken.append((migrations, await _migrated_databases.take(migrations)))
        return taken[-1][1]

    yield take
    for migrations, url in taken:
        await _migrated_databases.give_back(migrations, url)


@pytest.fixture
def topic_name() -> Callable[[str], str]:
    """Topic names that nobody used before: ``topic_name("worker.registered")``."""
    return lambda prefix: f"{prefix}.{secrets.token_hex(6)}"


@pytest.fixture
def free_port() -> int:
    """A loopback port on which nothing listens now."""
    return ports.choose()
