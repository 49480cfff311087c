"""A broker and a database, started together and ended together, in the process that asks for them.

The tests use it directly; the background supervisor wraps it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.file_lock import locked
from deploy.local import broker
from deploy.local.child import Child
from deploy.local.errors import LocalRunError
from deploy.local.home import Home
from deploy.local.kafka.server import bootstrap
from deploy.local.postgres import Databases, database_name, forget_data
from deploy.local.postgres import server as postgres_server

Say = Callable[[str], None]


def silent(_: str) -> None:
    """Say nothing."""


def database_variable(service: str) -> str:
    """The environment variable that points a service at its database."""
    return f"PAYUNG_{service.upper().replace('-', '_')}_DATABASE_URL"


@dataclass
class Stack:
    """What runs. ``kafka`` and ``postgres`` can be stopped, killed, paused and started again on port and data.

    Either is ``None`` when the environment points at one that runs elsewhere. ``databases`` makes more databases on
    our own server; ``database_urls`` holds each service's address.
    """

    home: Home
    broker_kind: broker.BrokerKind
    kafka_bootstrap: str
    kafka: Child | None
    postgres: Child | None
    databases: Databases | None
    database_urls: dict[str, str]

    @property
    def children(self) -> list[Child]:
        """The processes that belong to us."""
        return [child for child in (self.kafka, self.postgres) if child is not None]

    def stop(self) -> None:
        """Stop both side by side, each within its bound."""
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(Child.stop, self.children))


def start_stack(
    home: Home,
    services: Sequence[str] = (),
    *,
    env: Mapping[str, str] | None = None,
    say: Say = silent,
) -> Stack:
    """Start broker and database side by side, with a database and a role for each of ``services``.

    The environment may point at others: ``PAYUNG_KAFKA_BOOTSTRAP``, ``PAYUNG_<SERVICE>_DATABASE_URL``. The caller
    holds ``home.owner_lock``. If one part fails, the other is stopped.

    Raises:
        LocalRunError: something is missing or does not start; the text says what to do.
    """
    env = os.environ if env is None else env
    given = {name: env[database_variable(name)] for name in services if env.get(database_variable(name))}
    own = [name for name in services if name not in given]
    started: list[Child] = []

    def start_broker() -> tuple[broker.BrokerKind, Child | None]:
        kind, child = broker.prepare(home, env, say)
        return kind, _start(child, started)

    def start_postgres() -> tuple[Child | None, dict[str, str]]:
        if services and not own:
            return None, {}
        child = _start(postgres_server(home), started)
        urls = Databases(home).ensure(database_name(name) for name in own)
        return child, {name: urls[database_name(name)] for name in own}

    with ThreadPoolExecutor(2) as pool:
        database, events = pool.submit(start_postgres), pool.submit(start_broker)
    _raise_first(started, database, events)
    (kind, kafka), (server, urls) = events.result(), database.result()
    return Stack(
        home=home,
        broker_kind=kind,
        kafka_bootstrap=env[broker.EXTERNAL] if kafka is None else bootstrap(home),
        kafka=kafka,
        postgres=server,
        databases=None if server is None else Databases(home),
        database_urls=given | urls,
    )


@contextmanager
def owning(home: Home) -> Iterator[None]:
    """Be the one process that runs this home.

    Raises:
        LocalRunError: another process runs it.
    """
    with ExitStack() as held:
        try:
            held.enter_context(locked(home.owner_lock, wait=False))
        except BlockingIOError as error:
            raise LocalRunError(
                f"Another process runs {home.path} already. Stop it with `payung down`, or choose another PAYUNG_HOME."
            ) from error
        yield


@contextmanager
def local_stack(
    path: Path,
    services: Sequence[str] = (),
    *,
    env: Mapping[str, str] | None = None,
    say: Say = silent,
) -> Iterator[Stack]:
    """A stack that lives as long as the ``with`` block, in this process; the data stays in ``path``.

    If this process is killed, broker and database end with it.

    Raises:
        LocalRunError: as :func:`start_stack`, or another process runs this home.
    """
    home = Home.open(path)
    with owning(home):
        stack = start_stack(home, services, env=env, say=say)
        try:
            yield stack
        finally:
            stack.stop()


def destroy(path: Path) -> None:
    """Remove a home that does not run, with all its data, wherever that lies.

    Raises:
        LocalRunError: it still runs.
    """
    home = Home(path.expanduser().absolute())
    if not home.path.exists():
        return
    with owning(home):
        forget_data(home)
        shutil.rmtree(home.path)


def _start(child: Child | None, started: list[Child]) -> Child | None:
    if child is not None:
        started.append(child)
        child.start()
    return child


def _raise_first(started: list[Child], *parts: Future[Any]) -> None:
    """If a part failed, stop all and raise its error."""
    errors = [error for part in parts if (error := part.exception())]
    if errors:
        for child in started:
            child.stop()
        raise errors[0]
