"""How much work PostgreSQL does for each statement: rows that its plans touch and pages that they read, not seconds.

Every statement that a service sends is run once more before, under EXPLAIN (ANALYZE, BUFFERS) in a savepoint that is
rolled back. Services plan every statement with its values (``plan_cache_mode``), so the plan is the one they get.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
from sqlalchemy import Engine, event
from sqlalchemy.util import await_only

from tests.gate.statements import one_line

_EXPLAINED: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "(")
_EXPLAIN: Final = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, COSTS OFF, FORMAT JSON) "
_REMOVED: Final = ("Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")
_PAGES: Final = ("Shared Hit Blocks", "Shared Read Blocks", "Temp Read Blocks")
_SAVE, _UNDO, _FORGET = "SAVEPOINT plan", "ROLLBACK TO SAVEPOINT plan", "RELEASE SAVEPOINT plan"


def work_of(plan: Mapping[str, Any]) -> float:
    """Rows that each node of ``plan`` gave or threw away, times its loops, the loops, and all pages touched."""
    pages: float = sum(plan.get(name, 0) for name in _PAGES)
    return pages + _rows(plan)


def _rows(plan: Mapping[str, Any]) -> float:
    loops = plan.get("Actual Loops", 0)
    own: float = loops * (1 + plan.get("Actual Rows", 0) + sum(plan.get(name, 0) for name in _REMOVED))
    return own + sum(_rows(inner) for inner in plan.get("Plans", ()))


def outline(plan: Mapping[str, Any], depth: int = 0) -> list[str]:
    """The plan's nodes in short lines, with their loops and rows: enough to see which join went wrong."""
    on = plan.get("Index Name") or plan.get("Relation Name") or plan.get("CTE Name") or plan.get("Function Name") or ""
    removed = sum(plan.get(name, 0) for name in _REMOVED)
    line = f"{'  ' * depth}{plan['Node Type']} {on} loops={plan.get('Actual Loops')} rows={plan.get('Actual Rows')}"
    lines = [f"{line} removed={removed:g}" if removed else line]
    return lines + [text for inner in plan.get("Plans", ()) for text in outline(inner, depth + 1)]


@dataclass
class Watch:
    """The work of every statement by its text, while `watching`; and the plan that cost most."""

    work: Counter[str] = field(default_factory=Counter)
    worst: dict[str, tuple[float, Mapping[str, Any]]] = field(default_factory=dict)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Watch all connections of this process while the block lasts."""
        originals = {
            name: getattr(asyncpg.Connection, name) for name in ("fetch", "fetchval", "execute", "copy_from_query")
        }
        for name, original in originals.items():
            setattr(asyncpg.Connection, name, self._watched(original))

        def through_sqlalchemy(
            connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool
        ) -> None:
            for arguments in values if many else [values]:
                await_only(self._explain(connection.connection.driver_connection, statement, arguments))

        originals["cursor"] = asyncpg.Connection.cursor
        setattr(asyncpg.Connection, "cursor", self._watched_cursor(originals["cursor"]))  # noqa: B010 - mypy forbids "="
        event.listen(Engine, "before_cursor_execute", through_sqlalchemy)
        self._run = originals["execute"]
        self._ask = originals["fetchval"]
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", through_sqlalchemy)
            for name, original in originals.items():
                setattr(asyncpg.Connection, name, original)

    def _watched(self, original: Any) -> Any:
        async def explained_first(connection: Any, query: str, *arguments: Any, **options: Any) -> Any:
            await self._explain(connection, query, arguments)
            return await original(connection, query, *arguments, **options)

        return explained_first

    def _watched_cursor(self, original: Any) -> Any:
        async def rows(connection: Any, query: str, *arguments: Any, **options: Any) -> AsyncIterator[Any]:
            await self._explain(connection, query, arguments)
            async for row in original(connection, query, *arguments, **options):
                yield row

        return rows

    async def _explain(self, connection: Any, query: str, arguments: Sequence[Any]) -> None:
        text = one_line(query)
        if not text.startswith(_EXPLAINED):
            return
        alone = not connection.is_in_transaction()
        await self._run(connection, "BEGIN" if alone else _SAVE)
        try:
            found = await self._ask(connection, _EXPLAIN + query, *arguments)
        except asyncpg.PostgresError:
            found = None  # the statement itself is about to fail in the same way, before eyes that expect it
        finally:
            await self._run(connection, "ROLLBACK" if alone else _UNDO)
            if not alone:
                await self._run(connection, _FORGET)
        if found is not None:
            # SQLAlchemy has taught its connections to read JSON; a plain one gives the text.
            plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
            work = work_of(plan)
            self.work[text] += round(work)
            if work >= self.worst.get(text, (0.0, {}))[0]:
                self.worst[text] = (work, plan)
