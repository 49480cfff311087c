"""Plants about the grammar that all services share: arguments, stores by subject, rows by name, layers, invariants."""

from __future__ import annotations

from tests.checks.plants.base import Plant, one_file

_FIRST = (
    one_file(
        "unit-of-work-first",
        "behind others, under other names, by keyword",
        "services/harbour/handlers/berths.py",
        """
        from shared.database import Transaction
        from shared.messaging.outbox import UnitOfWork
        async def moor(ship_id, uow: UnitOfWork): ...
        async def leave(work: UnitOfWork, ship_id): ...
        class Pilot:
            async def guide(self, ship_id, tx: "Transaction"): ...
        async def wait(*, tx: Transaction): ...
        """,
        3,
        4,
        6,
        7,
    ),
    one_file(
        "unit-of-work-first",
        "in its place, and where none is",
        "services/harbour/store/berths.py",
        """
        from shared.database import Transaction
        async def lock(tx: Transaction, berth_id): ...
        class Finder:
            async def find(self, tx: Transaction, berth_id): ...
        def price(length, transaction: str): ...
        """,
    ),
)

_STORES = (
    one_file(
        "store-by-subject",
        "functions, subjects and constants by name",
        "services/harbour/handlers/moor.py",
        """
        from services.harbour.store import berths
        from services.harbour.store.berths import Berth, lock
        from services.harbour.store.berths import LONGEST as longest
        import services.harbour.store.berths
        """,
        1,
        2,
        3,
        4,
    ),
    one_file(
        "store-by-subject",
        "the store, and classes of it",
        "services/harbour/handlers/moor.py",
        """
        from services.harbour import store
        from services.harbour.store import Row
        from services.harbour.store.berths import Berth, NewBerth
        """,
    ),
    one_file(
        "store-by-subject",
        "inside the store",
        "services/harbour/store/ships.py",
        "from services.harbour.store.berths import lock",
    ),
)

_ROWS = (
    one_file(
        "no-positional-rows",
        "elements, loops, comprehensions, stars",
        "services/harbour/store/berths.py",
        """
        async def count(tx):
            rows = list(await tx.fetch("SELECT 1"))
            first = rows[0]
            total = rows[0][0] + first[-1]
            pairs = {row[0]: row for row in await tx.fetch("SELECT 1")}
            for berth_id, name in await tx.fetch("SELECT 1, 2"):
                pass
            (only,) = await tx.fetch("SELECT 1")
            return Berth(*only)
        """,
        4,
        5,
        6,
        9,
    ),
    one_file(
        "no-positional-rows",
        "names, whole rows, and other lists",
        "services/harbour/store/berths.py",
        """
        async def count(tx, sizes):
            rows = await tx.fetch("SELECT 1")
            sizes = [size[0] for size in sizes]
            return rows[0]["berths"] if rows else sizes[0][1]
        """,
    ),
)

_PLAIN = (
    one_file(
        "handlers-plain",
        "a handler that answers",
        "services/harbour/handlers/moor.py",
        """
        from shared.http import ProblemError
        from shared.http.scope import AreaScope
        import fastapi
        """,
        1,
        2,
        3,
    ),
    one_file(
        "handlers-plain",
        "a store that pages and a job that routes",
        "services/harbour/store.py",
        "from shared import http",
        1,
    ),
    one_file("handlers-plain", "a job", "services/harbour/jobs.py", "from starlette.requests import Request", 1),
    one_file("handlers-plain", "the API itself", "services/harbour/http/router.py", "from fastapi import APIRouter"),
    one_file("handlers-plain", "names alike", "services/harbour/rules.py", "from shared.httpish import x"),
)

_INVARIANTS = (
    one_file(
        "no-assert",
        "an assertion in product code",
        "services/harbour/rules.py",
        """
        def toll(parts):
            assert sum(parts) > 0, "a toll is paid"
        """,
        2,
    ),
    one_file("no-assert", "a benchmark too", "benchmarks/dock.py", "assert True", 1),
    one_file("no-assert", "tests assert", "tests/harbour/test_rules.py", "assert True"),
    one_file("no-assert", "words", "shared/dock.py", "asserted = require(True, 'assert nothing')"),
)

PLANTS: tuple[Plant, ...] = (*_FIRST, *_STORES, *_ROWS, *_PLAIN, *_INVARIANTS)
