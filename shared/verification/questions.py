"""Checks and facts that are one SQL statement each: most of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final, Literal

from shared.database import Transaction
from shared.verification.declaration import MAX_BROKEN, Broken, Check, Facts

_ROWS_AT_ONCE: Final = 5_000


async def broken(tx: Transaction, question: str, *arguments: object) -> list[Broken]:
    """The first rows that ``question`` finds, each with what breaks a rule (``row``) and a ``sentence`` about it."""
    rows = await tx.fetch(f"{question} LIMIT {MAX_BROKEN}", *arguments)
    return [Broken(row["row"], row["sentence"]) for row in rows]


def check(name: str, promise: str, question: str, *arguments: object) -> Check:
    """A check that holds when ``question`` finds nothing."""

    async def find(tx: Transaction) -> list[Broken]:
        return await broken(tx, question, *arguments)

    return Check(name, promise, find)


def facts(name: str, side: Literal["source", "copy"], question: str, *arguments: object) -> Facts:
    """The facts that ``question`` finds as ``key`` and ``value``, in the order that `Facts` asks for."""

    async def stream(tx: Transaction) -> AsyncIterator[tuple[str, str]]:
        async for row in tx.raw.cursor(question, *arguments, prefetch=_ROWS_AT_ONCE):
            yield row["key"], row["value"]

    return Facts(name, side, stream)
