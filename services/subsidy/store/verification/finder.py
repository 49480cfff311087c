"""Runs a question that finds rows breaking a promise; nothing comes back where all is well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from shared.database import Transaction
from shared.verification import MAX_BROKEN, Broken

Finder = Callable[[Transaction], Awaitable[Sequence[Broken]]]


def finder(*queries: str, places: tuple[object, ...] = ()) -> Finder:
    """Runs ``queries``, each giving (row, sentence); $1 is how many at most."""

    async def find(tx: Transaction) -> Sequence[Broken]:
        found: list[Broken] = []
        for query in queries:
            rows = await tx.fetch(f"{query} LIMIT $1", MAX_BROKEN, *places)
            found += [Broken(row[0], row[1]) for row in rows]
        return found[:MAX_BROKEN]

    return find
