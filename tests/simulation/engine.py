"""The kit's `Database` on bare connections: the same driver, statements and transactions without a pool's questions.

SQLAlchemy's share of a transaction costs half a millisecond, which is more than all of its statements against a
database of ten rows. What it does here is begin, commit, roll back and set savepoints, and that is done by hand.
Before a transaction begins other processes may get their turn: that is where the scheduler interleaves them.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import asyncpg

from shared.database import Database
from shared.database.database import _CheckedConnection

Gate = Callable[[str], Awaitable[None]]
_SETTINGS: Final = {"timezone": "UTC", "lock_timeout": "3000", "statement_timeout": "20000", "jit": "off"}


class BareConnection:
    """What the kit asks of SQLAlchemy's connection."""

    def __init__(self, raw: asyncpg.Connection) -> None:
        self.driver_connection = raw

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[None]:
        """A transaction: committed when the block ends well, else rolled back."""
        async with self._block("BEGIN", "COMMIT", "ROLLBACK"):
            yield

    @contextlib.asynccontextmanager
    async def begin_nested(self) -> AsyncIterator[None]:
        """A savepoint."""
        async with self._block("SAVEPOINT sim", "RELEASE SAVEPOINT sim", "ROLLBACK TO SAVEPOINT sim"):
            yield

    @contextlib.asynccontextmanager
    async def _block(self, first: str, good: str, bad: str) -> AsyncIterator[None]:
        await self.driver_connection.execute(first)
        try:
            yield
        except BaseException:
            await self.driver_connection.execute(bad)
            raise
        await self.driver_connection.execute(good)

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
        self._free: list[asyncpg.Connection] = []
        self.gate: Gate | None = None

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[BareConnection]:
        """A connection of our own until the block ends."""
        if self.gate is not None:
            await self.gate("transaction")
        raw = self._free.pop() if self._free else await self._open()
        try:
            yield BareConnection(raw)
        finally:
            if raw.is_in_transaction():
                raw.terminate()  # somebody was killed in the middle of a statement
            else:
                self._free.append(raw)

    async def _open(self) -> asyncpg.Connection:
        return await asyncpg.connect(
            self._url,
            connection_class=_CheckedConnection,
            statement_cache_size=2_000,
            max_cached_statement_lifetime=0,
            server_settings=self._settings,
        )

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
