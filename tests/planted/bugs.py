"""Bugs that others have shipped, planted into the running program one at a time: the tests of the tests.

Each is a context manager that changes real code for as long as it lasts. Nothing of it is in the product.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Final
from unittest.mock import patch

import asyncpg

from services.compliance.rules import accounts
from services.enrolment.handlers import contributions
from services.subsidy.handlers import assessing, funding
from services.subsidy.rules import budget
from services.subsidy.store import ledger
from shared.messaging.columnar.packed_outbox import events_of
from shared.messaging.consume import inbox
from shared.messaging.consume.consumer import Consumer, _next_offsets
from shared.messaging.crash import crash_point
from shared.messaging.envelope import OutboxRow
from shared.messaging.publish import relay
from shared.messaging.publish.relay import Relay

Bug = Callable[[], AbstractContextManager[None]]


@contextlib.contextmanager
def offset_before_database() -> Iterator[None]:
    """The offset is committed before the database: a crash in between loses the batch (a clearing system did so)."""

    async def process(self: Consumer, kafka: Any, records: Sequence[Any]) -> None:
        offsets = _next_offsets(records)
        crash_point("before_offset_commit")
        await self._commit(kafka, offsets)
        crash_point("after_offset_commit")
        self._count(await self._apply_with_patience(kafka, records, offsets))

    with patch.object(Consumer, "_process", process):
        yield


@contextlib.contextmanager
def acknowledge_first() -> Iterator[None]:
    """ACK_FIRST: a record counts as read when it arrives, and a handler that fails is only logged."""

    async def handle(self: Consumer, message: Any) -> None:
        await self._commit(message.consumer, _next_offsets(message.raw_message))
        with contextlib.suppress(Exception):
            self._count(await self._processor.process(message.raw_message))

    with patch.object(Consumer, "_handle", handle):
        yield


@contextlib.contextmanager
def no_inbox() -> Iterator[None]:
    """Nobody remembers which events were applied: a repeat is applied again."""

    async def enter(_: Any, groups: Sequence[Any]) -> inbox.Entered:
        return inbox.Entered(groups)

    with patch.object(inbox, "enter", enter):
        yield


_TAKE: Final = """
SELECT slot, position, event_id, topic, schema_version, key, occurred_at, traceparent, body, packed
FROM outbox ORDER BY position LIMIT $1 FOR UPDATE SKIP LOCKED
"""


@contextlib.contextmanager
def skip_locked() -> Iterator[None]:
    """Relays share the outbox by SKIP LOCKED, as most libraries do: two events of a key can be overtaken."""

    async def run_round(self: Relay, connection: asyncpg.Connection, _: Sequence[int]) -> int | None:
        async with connection.transaction():
            taken = await connection.fetch(_TAKE, min(60, self._settings.batch_rows))
            rows = [event for *row, packed in taken for event in events_of(OutboxRow._make(row), packed)]
            if not rows:
                return 0
            crash_point("before_produce")
            result = await self._publisher.publish(rows)
            crash_point("after_produce")
            if result.failure is not None:
                return None
            places = [row.slot for row in rows], [row.position for row in rows]
            await connection.execute(relay._DELETE, *places)
        crash_point("after_outbox_delete")
        return len(rows)

    with patch.object(Relay, "run_round", run_round):
        yield


@contextlib.contextmanager
def error_swallowed() -> Iterator[None]:
    """A handler catches whatever goes wrong and logs it: the event counts as applied."""
    real = contributions.on_contribution_paid

    async def handler(uow: Any, events: Any) -> None:
        with contextlib.suppress(Exception):
            async with uow.savepoint():
                await real(uow, events)

    with contextlib.ExitStack() as stack:
        stack.enter_context(_handler_replaced(real, handler))
        yield


@contextlib.contextmanager
def _handler_replaced(real: Any, planted: Any) -> Iterator[None]:
    from services.enrolment.app import SERVICE

    handlers: Any = SERVICE.handlers
    changed = {event: planted if one is real else one for event, one in handlers.items()}
    object.__setattr__(SERVICE, "handlers", changed)
    try:
        yield
    finally:
        object.__setattr__(SERVICE, "handlers", handlers)


@contextlib.contextmanager
def fined_twice() -> Iterator[None]:
    """The nightly run adds the month's fine to what is there: a second run in the same month of delay fines again."""
    real = accounts._counted

    def counted(account: Any, as_of: Any) -> Any:
        after = real(account, as_of)
        months = max(1, after.months_late - account.months_late)
        is_late = as_of is not None and account.outstanding_rupiah > 0 and after.months_late > 0
        added_rupiah = months * (account.outstanding_rupiah * 2 + 50) // 100 if is_late else 0
        return replace(after, fine_due_rupiah=max(after.fine_due_rupiah, account.fine_due_rupiah + added_rupiah))

    with patch.object(accounts, "_counted", counted):
        yield


@contextlib.contextmanager
def budget_outside() -> Iterator[None]:
    """The budget that a run may spend was looked at in an earlier transaction: what was spent since is not seen.

    The product guards it twice more, by invariants in the program and by a check constraint in the database. Both are
    taken away here, or the database alone would refuse.
    """
    real_fund, real_balance = assessing._fund, ledger.balance
    seen: dict[Any, Any] = {}
    asks: list[bool] = []
    unguarded: set[int] = set()

    async def fund(uow: Any, line: Any, run: Any, lines: Any) -> Any:
        if id(uow.raw) not in unguarded:
            unguarded.add(id(uow.raw))
            await uow.run("ALTER TABLE balance DROP CONSTRAINT IF EXISTS balance_never_overspent")
        if lines:
            asks.append(True)
        try:
            return await real_fund(uow, line, run, lines)
        finally:
            asks.clear()

    async def balance(uow: Any, line_id: Any, account: Any) -> Any:
        now = await real_balance(uow, line_id, account)
        if account != "available" or not asks:
            return now
        asks.clear()
        before = seen.get(line_id, now)
        seen[line_id] = now
        return before

    def lenient(_: bool, __: str) -> None:
        """An assertion that an optimised program does not run."""

    with (
        patch.object(assessing, "_fund", fund),
        patch.object(ledger, "balance", balance),
        patch.object(assessing, "require", lenient),
        patch.object(budget, "require", lenient),
        patch.object(funding, "require", lenient),
    ):
        yield


BUGS: Final[dict[str, Bug]] = {
    "offset-before-database": offset_before_database,
    "acknowledge-first": acknowledge_first,
    "no-inbox": no_inbox,
    "skip-locked": skip_locked,
    "error-swallowed": error_swallowed,
    "fined-twice": fined_twice,
    "budget-outside": budget_outside,
}
