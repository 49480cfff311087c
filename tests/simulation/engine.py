"""The kit's `Database` on bare connections: the same driver, statements and transactions without a pool's questions.

SQLAlchemy's share of a transaction costs half a millisecond, which is more than all of its statements against a
database of ten rows. What it does here is begin, commit, roll back and set savepoints, and that is done by hand.
A connection is always in a transaction: the commit of one is the beginning of the next, which saves every tenth call.
Before a transaction begins other processes may get their turn: that is where the scheduler interleaves them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import asyncpg

from shared.database import Database
from shared.database.database import _CheckedConnection

Gate = Callable[[str], Awaitable[None]]
_SETTINGS: Final = {"timezone": "UTC", "lock_timeout": "3000", "statement_timeout": "20000", "jit": "off"}
# What PostgreSQL says to whoever has waited too long for a lock; the transaction is lost.
_LOCKED_OUT: Final = "DO $$ BEGIN RAISE EXCEPTION 'simulated' USING ERRCODE = 'lock_not_available'; END $$"


class ServerGoneError(BaseException):
    """The simulation's own server has ended: nothing is to be tried again."""


class _QuickConnection(_CheckedConnection):
    """asyncpg's way to a prepared statement without the turns that only time-outs and loggers need."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._ready: dict[str, Any] = {}
        self.trouble: Callable[[], bool] | None = None

    async def _run(self, query: str, arguments: tuple[Any, ...], limit: int) -> Any:
        if self.is_closed():
            raise ServerGoneError
        if self.trouble is not None and self.trouble():
            await super().execute(_LOCKED_OUT)
        statement = self._ready.get(query)
        if statement is None:
            statement = self._ready[query] = await self._get_statement(query, None)  # type: ignore[attr-defined]
            statement.attach()  # nobody else may close it
        return await self._protocol.bind_execute(statement, arguments, "", limit, True, None)  # type: ignore[attr-defined]

    async def fetch(self, query: str, *arguments: Any, **_: Any) -> Any:
        """Rows of a statement."""
        return (await self._run(query, arguments, 0))[0]

    async def fetchval(self, query: str, *arguments: Any, **_: Any) -> Any:
        """One value."""
        rows = (await self._run(query, arguments, 1))[0]
        return rows[0][0] if rows else None

    async def execute(self, query: str, *arguments: Any, timeout: float | None = None) -> str:
        """A statement with arguments is prepared; one without is sent as it is."""
        if not arguments:
            return await super().execute(query)
        status: bytes = (await self._run(query, arguments, 0))[1]
        return status.decode()


class BareConnection:
    """What the kit asks of SQLAlchemy's connection."""

    def __init__(self, raw: asyncpg.Connection) -> None:
        self.driver_connection = raw

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[None]:
        """A transaction: committed when the block ends well, else rolled back; the next one begins in the same call."""
        try:
            yield
        except BaseException:
            await self.driver_connection.execute("ROLLBACK AND CHAIN")
            raise
        await self.driver_connection.execute("COMMIT AND CHAIN")

    @contextlib.asynccontextmanager
    async def begin_nested(self) -> AsyncIterator[None]:
        """A savepoint."""
        await self.driver_connection.execute("SAVEPOINT sim")
        try:
            yield
        except BaseException:
            await self.driver_connection.execute("ROLLBACK TO SAVEPOINT sim")
            raise
        await self.driver_connection.execute("RELEASE SAVEPOINT sim")

    async def execute(self, *_: Any) -> None:
        """The kit's first statement, which only makes SQLAlchemy begin. Everything else is raw SQL on these paths."""

    async def get_raw_connection(self) -> BareConnection:
        """The driver's connection is `driver_connection` of what this gives."""
        return self


class BareEngine:
    """Keeps connections as long as the process lives; every statement is prepared once for all seeds."""

    def __init__(self, url: str, application_name: str) -> None:
        self._url = url
        self._settings = _SETTINGS | {"application_name": application_name}
        self._free: list[_QuickConnection] = []
        self.gate: Gate | None = None
        self.trouble: Callable[[], bool] | None = None

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[BareConnection]:
        """A connection of our own until the block ends."""
        if self.gate is not None:
            await self.gate("transaction")
        raw = self._free.pop() if self._free else await self._open()
        raw.trouble = self.trouble
        try:
            yield BareConnection(raw)
        except asyncio.CancelledError:
            raw.terminate()  # somebody was killed, perhaps in the middle of a statement
            raise
        except BaseException:
            self._free.append(raw)
            raise
        self._free.append(raw)

    async def _open(self) -> _QuickConnection:
        raw: _QuickConnection = await asyncpg.connect(
            self._url,
            connection_class=_QuickConnection,
            statement_cache_size=2_000,
            max_cached_statement_lifetime=0,
            server_settings=self._settings,
        )
        await raw.execute("BEGIN")
        return raw

    async def dispose(self) -> None:
        """Close them all."""
        for raw in self._free:
            await raw.close()
        self._free.clear()


class SimDatabase(Database):
    """A service's database in a simulation."""

    def __init__(self, url: str, application_name: str) -> None:
        super().__init__(url, application_name=application_name)
        self.bare = BareEngine(url, application_name)
        self.engine = self.bare  # type: ignore[assignment]
