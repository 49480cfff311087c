"""State and events are written in one transaction; nothing else publishes.

`Outbox` opens units of work. A handler emits events into its unit of work; they are inserted as one set at the
end, after all row locks are taken, so that the outbox order of a key is the order in which its changes commit.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import Clock, SystemClock
from shared.contracts.base import Event
from shared.contracts.spec import Catalogue
from shared.database.database import Database, Transaction, open_transaction
from shared.database.read_only import check_takes_writes
from shared.ids import IdSource, RandomIds
from shared.messaging.columnar.event_template import EventTemplate
from shared.messaging.columnar.packed_outbox import FEWEST, can_share, pack
from shared.messaging.crash import crash_point
from shared.messaging.envelope import Received, key_of
from shared.messaging.slots import slot_of

# Larger events would not fit the readers' limit (`Limits.max_body_bytes`).
MAX_BODY_BYTES = 256 * 1024

_COLUMNS = (
    "slot", "event_id", "topic", "schema_version", "key", "occurred_at", "traceparent", "body", "events", "packed",
    "packed_bytes",
)  # fmt: skip
_Row = tuple[int, UUID, str, int, str, datetime, str | None, bytes | None, int, bytes | None, int | None]
_ONE = (1, None, None)


def _no_trace() -> str | None:
    return None


class UnitOfWork(Transaction):
    """A transaction that also collects events. Made by `Outbox.unit_of_work`."""

    def __init__(self, connection: AsyncConnection, raw: asyncpg.Connection, outbox: Outbox) -> None:
        super().__init__(connection, raw)
        self._outbox = outbox
        self._rows: list[_Row] = []
        # Copies that can share packed rows, and their trace; they become rows before anything else is emitted.
        self._copies: list[tuple[EventTemplate, list[tuple[UUID, ...]]]] = []
        self._copies_trace: str | None = None
        self._moment: datetime | None = None
        self.ids = outbox.ids
        # Whether `insert` and its kin write as if no row were there already, which costs half. Where that fails, the
        # whole transaction is done again with False. Nobody else asks.
        self.optimistic = False

    @property
    def moment(self) -> datetime:
        """The one moment of this transaction, in UTC: everything it does happens at the same time."""
        if self._moment is None:
            self._moment = self._outbox.clock.now()
        return self._moment

    async def insert(
        self, table: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]], *, on_conflict: str
    ) -> None:
        """Write ``rows`` into ``table``: by COPY in an optimistic attempt, else by INSERT … ON CONFLICT.

        ``columns`` are names and PostgreSQL types, in the order of a row's values. Raises asyncpg's
        UniqueViolationError in an optimistic attempt where a row is there already; all is then done again with care.
        """
        if self.optimistic:
            await self.copy_rows(table, list(columns), rows)
        else:
            await self.run(insert_statement(table, columns, on_conflict), *_columns(rows, len(columns)))

    async def insert_new(
        self, table: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]], *, key: str
    ) -> Sequence[Any]:
        """Write those ``rows`` whose value of the unique column ``key`` is new; gives these values. See `insert`."""
        if self.optimistic:
            await self.copy_rows(table, list(columns), rows)
            place = list(columns).index(key)
            return [row[place] for row in rows]
        statement = insert_statement(table, columns, f"({key}) DO NOTHING RETURNING {key} AS key")
        return [row["key"] for row in await self.fetch(statement, *_columns(rows, len(columns)))]

    async def insert_selected(self, statement: str, *arguments: Any, on_conflict: str) -> int:
        """Run an INSERT … SELECT, to which ON CONFLICT ``on_conflict`` is added unless the attempt is optimistic.

        Gives how many rows were written. See `insert`.
        """
        sql = statement if self.optimistic else f"{statement} ON CONFLICT {on_conflict}"
        return int((await self.run(sql, *arguments)).rpartition(" ")[2])

    def emit(self, event: Event, *, occurred_at: datetime | None = None, cause: Received[Event] | None = None) -> UUID:
        """Say that ``event`` has happened; it leaves when this transaction commits. Gives the event's id.

        ``cause`` is the received event that led to it, whose trace is continued. Raises ValueError for an event
        that this service may not write or that is too large for readers: a fault of the program, found in tests.
        """
        self._outbox.check_may_write(type(event))
        body = event.to_json_bytes()
        if len(body) > MAX_BODY_BYTES:
            raise ValueError(f"{type(event).__name__} has {len(body)} bytes; split it, readers take {MAX_BODY_BYTES}.")
        self._close_copies()
        event_id, key = self._outbox.ids.next(), key_of(event)
        trace = cause.traceparent if cause is not None else self._outbox.current_traceparent()
        moment = occurred_at or self.moment
        self._rows.append(
            (slot_of(key.encode()), event_id, event.TOPIC, event.VERSION, key, moment, trace, body, *_ONE)
        )
        return event_id

    def emit_copies(self, exemplar: Event, fields: Sequence[str], rows: Sequence[tuple[UUID, ...]]) -> None:
        """Emit one event per row: ``exemplar`` with the row's identifiers in ``fields``, in the order of ``rows``.

        For thousands of events that differ in identifiers only, at a tenth of what `emit` costs; ``fields`` names the
        key too. Raises ValueError like `emit`, and where the fields do not fit.
        """
        if not rows:
            return
        event_type = type(exemplar)
        self._outbox.check_may_write(event_type)
        template = EventTemplate(exemplar, fields)
        if (size := template.check(rows[0])) > MAX_BODY_BYTES:
            raise ValueError(f"{event_type.__name__} has {size} bytes; split it, readers take {MAX_BODY_BYTES}.")
        trace = self._outbox.current_traceparent()
        if self._copies and not (trace == self._copies_trace and can_share(template, self._copies[-1][0])):
            self._close_copies()
        self._copies.append((template, list(rows)))
        self._copies_trace = trace

    def _close_copies(self) -> None:
        """Make rows of the copies that are waiting for more of their kind: packed rows, or one each if they are few."""
        if not self._copies:
            return
        groups, self._copies = self._copies, []
        event_type, moment, trace = groups[0][0].event_type, self.moment, self._copies_trace
        topic, version, ids = event_type.TOPIC, event_type.VERSION, self._outbox.ids
        # What was sent in part may come again behind later events: as the state of a key it would be wrong.
        is_state = self._outbox.catalogue.topic(topic).compacted
        if not is_state and sum(len(rows) for _, rows in groups) >= FEWEST:
            for slot, event_id, key, body, events, copies, size in pack(groups, ids):
                self._rows.append((slot, event_id, topic, version, key, moment, trace, body, events, copies, size))
            return
        for template, rows in groups:
            for row in rows:
                key, body = template.key(row), template.body(row)
                place = slot_of(key.encode())
                self._rows.append((place, ids.next(), topic, version, key, moment, trace, body, *_ONE))

    def emit_all(self, events: Iterable[Event]) -> None:
        """Emit each of ``events``, in order."""
        for event in events:
            self.emit(event)

    def erase(self, event_type: type[Event], key: str) -> None:
        """Put a deletion mark for ``key`` on a compacted topic."""
        self._outbox.check_may_write(event_type)
        self._close_copies()
        slot, event_id = slot_of(key.encode()), self._outbox.ids.next()
        self._rows.append((slot, event_id, event_type.TOPIC, event_type.VERSION, key, self.moment, None, None, *_ONE))

    @contextlib.asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that can fail alone: with its changes go the events that it has emitted."""
        self._close_copies()
        emitted = len(self._rows)
        try:
            async with super().savepoint():
                yield
        except BaseException:
            self._copies.clear()
            del self._rows[emitted:]
            raise

    async def flush(self) -> None:
        """Insert the collected events. Called once, just before the commit."""
        self._close_copies()
        if not self._rows:
            return
        rows, self._rows = self._rows, []
        # COPY costs half of INSERT ... SELECT FROM unnest here, and keeps the order of the rows.
        await self.copy_rows("outbox", _COLUMNS, rows)


class Outbox:
    """Opens units of work on a service's database and knows what the service may say."""

    def __init__(
        self,
        database: Database,
        service: str,
        catalogue: Catalogue,
        clock: Clock | None = None,
        ids: IdSource | None = None,
        current_traceparent: Callable[[], str | None] = _no_trace,
    ) -> None:
        self.database = database
        self.service = service
        self.catalogue = catalogue
        self.clock: Clock = clock or SystemClock()
        self.ids: IdSource = ids or RandomIds()
        self.current_traceparent = current_traceparent
        self._writable: set[type[Event]] = set()

    def check_may_write(self, event_type: type[Event]) -> None:
        """Raise ValueError unless the catalogue says that this service writes ``event_type``."""
        if event_type in self._writable:
            return
        spec = self.catalogue.topic(event_type.TOPIC)
        if refusal := spec.why_not_written_by(self.service):
            raise ValueError(f"{refusal} See shared/contracts/catalogue.py.")
        self._writable.add(event_type)

    @contextlib.asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        """Open a transaction; state and events are committed together at the end of the block, or not at all.

        Raises DatabaseReadOnlyError before the block is entered if the database takes no writes.
        """
        async with self.database.connect() as connection:
            async with connection.begin():
                opened = await open_transaction(connection)
                check_takes_writes(opened.raw)
                work = UnitOfWork(connection, opened.raw, self)
                yield work
                await work.flush()
                crash_point("before_db_commit")
            crash_point("after_db_commit")


def insert_statement(table: str, columns: Mapping[str, str], on_conflict: str) -> str:
    """INSERT … SELECT from one array a column, as PostgreSQL likes many rows best."""
    arrays = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(columns.values(), 1))
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays}) ON CONFLICT {on_conflict}"  # noqa: S608 - names and types of our own program


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(count)]
