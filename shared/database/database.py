"""The way to a service's own database: a pool, and transactions that are committed in one place.

A `Transaction` speaks both SQLAlchemy (SQLModel tables, readable statements) and raw asyncpg (set-based hot paths)
on the same connection, so that one commit covers both.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import Executable, Result, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.database import idle, read_only
from shared.database.failures import is_read_only

RowT = TypeVar("RowT")

DEFAULT_LOCK_TIMEOUT_MS = 10_000
DEFAULT_STATEMENT_TIMEOUT_MS = 120_000


_WRITE_STATE = "SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'"


@dataclass(frozen=True, slots=True)
class WriteState:
    """Why a database takes no writes. A replica is read-only, too."""

    is_replica: bool
    is_read_only: bool


class TransactionFailedError(Exception):
    """The transaction was rolled back although the program asked for a commit: an earlier failure was swallowed.

    PostgreSQL answers COMMIT after a failed statement with ROLLBACK and no error. Catch failures of statements only
    around a `Transaction.savepoint`, which brings the transaction back to where it was.
    """


class WriteInReadingError(Exception):
    """A transaction that was opened to read only was told to write: a fault of the program, which stays."""


class _CheckedConnection(asyncpg.Connection):
    async def execute(self, query: str, *arguments: Any, timeout: float | None = None) -> str:
        """Run ``query``; raise `TransactionFailedError` where a commit was answered with a rollback."""
        tag: str = await super().execute(query, *arguments, timeout=timeout)
        if tag == "ROLLBACK" and query.startswith("COMMIT"):
            raise TransactionFailedError("A failed statement was swallowed; catch such failures around a savepoint.")
        return tag


class Transaction:
    """One open transaction. It ends with the block that opened it: commit on a normal end, else rollback.

    Services never commit; `Database.transaction` does.
    """

    def __init__(self, connection: AsyncConnection, raw: asyncpg.Connection) -> None:
        self.connection = connection
        self.raw = raw

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Run a SQLAlchemy or SQLModel statement; ``parameters`` may be a list of mappings for many rows."""
        return await self.connection.execute(statement, parameters)

    async def fetch(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Run raw SQL with ``$1`` places and give all rows: the hot path, with prepared statements."""
        rows: list[asyncpg.Record] = await self.raw.fetch(sql, *arguments)
        return rows

    async def fetch_value(self, sql: str, *arguments: Any) -> Any:
        """Run raw SQL and give the first column of the first row, or None."""
        return await self.raw.fetchval(sql, *arguments)

    async def run(self, sql: str, *arguments: Any) -> str:
        """Run raw SQL without rows; gives PostgreSQL's command tag, such as ``UPDATE 3``."""
        tag: str = await self.raw.execute(sql, *arguments)
        return tag

    async def copy_rows(self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """COPY ``rows`` into ``table``: the fastest way in for many rows without conflicts."""
        await self.raw.copy_records_to_table(table, columns=list(columns), records=rows)

    @contextlib.asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the transaction that can fail alone."""
        async with self.connection.begin_nested():
            yield


class Database:
    """A service's own database. ``url`` is ``postgresql://role:password@host:port/name``."""

    def __init__(
        self,
        url: str,
        *,
        application_name: str = "payung",
        pool_size: int = 5,
        max_overflow: int = 5,
        lock_timeout_ms: int = DEFAULT_LOCK_TIMEOUT_MS,
        statement_timeout_ms: int = DEFAULT_STATEMENT_TIMEOUT_MS,
        connect_timeout_s: float = 10.0,
    ) -> None:
        self.url = url
        self.application_name = application_name
        self._connect_timeout_s = connect_timeout_s
        self._server_settings = {
            "application_name": application_name,
            "timezone": "UTC",
            "lock_timeout": str(lock_timeout_ms),
            "statement_timeout": str(statement_timeout_ms),
            "idle_in_transaction_session_timeout": "300000",
            "jit": "off",
            # A plan that was kept from when a table was small takes minutes when it has a million rows; making one
            # takes less than a millisecond.
            "plan_cache_mode": "force_custom_plan",
        }
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=max_overflow,
            pool_timeout=connect_timeout_s,
            connect_args={
                "connection_class": _CheckedConnection,
                "timeout": connect_timeout_s,
                "command_timeout": statement_timeout_ms / 1000 + 5,
                "server_settings": self._server_settings,
            },
        )
        idle.ping_after_idle(self.engine)
        read_only.renew_refusing_sessions(self.engine)  # after the ping, which tells how things stand now

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """Take a connection from the pool; it goes back unless it has refused to write, which another one may not."""
        async with self.engine.connect() as connection:
            try:
                yield connection
            except Exception as error:
                if is_read_only(error) and not isinstance(error, read_only.DatabaseReadOnlyError):
                    await connection.invalidate()
                raise

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction; it is committed when the block ends well and rolled back when it raises."""
        async with self.connect() as connection, connection.begin():
            yield await open_transaction(connection)

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """Open a transaction that only reads. It needs nothing of a database that takes no writes."""
        async with self.transaction() as tx:
            await tx.execute(text("SET TRANSACTION READ ONLY"))
            with _only_reads():
                yield tx

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transaction]:
        """Open a read-only transaction that sees the database as it is at its first statement, to its end."""
        async with self.connect() as connection:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            await connection.execution_options(**options)
            async with connection.begin():
                opened = await open_transaction(connection)
                with _only_reads():
                    yield opened

    async def dedicated_connection(self, settings: Mapping[str, str] | None = None) -> asyncpg.Connection:
        """A connection outside the pool, for locks and notifications that belong to one session.

        ``settings`` are PostgreSQL settings of this session. It needs PostgreSQL itself or a pooler in session mode.
        The caller closes it.
        """
        return await asyncpg.connect(
            self.url,
            timeout=self._connect_timeout_s,
            command_timeout=60,
            server_settings={**self._server_settings, **(settings or {})},
        )

    async def ping(self) -> None:
        """Raise if the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def takes_writes(self) -> WriteState:
        """Ask whether the database takes writes now. Raises if it does not answer."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(text(_WRITE_STATE))).one()
        return WriteState(is_replica=row[0], is_read_only=row[1])

    async def close(self) -> None:
        """Close the pool."""
        await self.engine.dispose()


@contextlib.contextmanager
def _only_reads() -> Iterator[None]:
    """Tell a program that writes where it said it would not from a database that takes no writes."""
    try:
        yield
    except Exception as error:
        if is_read_only(error):
            raise WriteInReadingError("A statement wrote in a transaction that only reads.") from error
        raise


async def open_transaction(connection: AsyncConnection) -> Transaction:
    """Make the driver's connection part of SQLAlchemy's transaction.

    SQLAlchemy sends BEGIN with the first statement that goes through it; a raw statement before that would commit
    by itself. So the first statement goes through SQLAlchemy here.
    """
    await connection.execute(text("SELECT 1"))
    raw = (await connection.get_raw_connection()).driver_connection
    if not isinstance(raw, asyncpg.Connection):
        raise TypeError("Payung needs the asyncpg driver; use a postgresql:// address.")
    return Transaction(connection, raw)


def sqlalchemy_url(url: str) -> str:
    """The same address with the driver that SQLAlchemy has to use."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("A database address must look like postgresql://role:password@host:port/name.")
    return f"postgresql+asyncpg://{rest}"
