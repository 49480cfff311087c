"""Runs a question that finds rows breaking a promise; nothing comes back where all is well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from shared.database import Transaction
from shared.verification import MAX_BROKEN, Broken

Finder = Callable[[Transaction], Awaitable[Sequence[Broken]]]


def finder(*questions: str, places: tuple[object, ...] = ()) -> Finder:
    """Asks ``questions``, each giving a row's name and a sentence; $2 and on are ``places``."""

    async def find(tx: Transaction) -> Sequence[Broken]:
        broken: list[Broken] = []
        for question in questions:
            limited = f"SELECT * FROM ({question}) broken (row_name, sentence) LIMIT $1"  # noqa: S608 - our questions
            rows = await tx.fetch(limited, MAX_BROKEN, *places)
            broken += [Broken(row["row_name"], row["sentence"]) for row in rows]
        return broken[:MAX_BROKEN]

    return find
