"""All SQL of the stamp book."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from shared.database import Transaction
from shared.verification import Broken

_OPEN = "INSERT INTO booklet (booklet_id, version, stamps) VALUES ($1, 0, 0) ON CONFLICT (booklet_id) DO NOTHING"
_TAKE = "SELECT stamps FROM booklet WHERE booklet_id = $1 FOR UPDATE"
_FILL = "UPDATE booklet SET version = version + 1, stamps = $2 WHERE booklet_id = $1 RETURNING version"
_ADD_TOTALS = """
INSERT INTO stamp_total (booklet_id, additions, stamps)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[])
ON CONFLICT (booklet_id) DO UPDATE
SET additions = stamp_total.additions + excluded.additions, stamps = stamp_total.stamps + excluded.stamps
"""
_TOTAL = "SELECT coalesce((SELECT stamps FROM stamp_total WHERE booklet_id = $1), 0)"
_CLOSE_DAY = """
INSERT INTO day_closed (day, stamps, closed_at) SELECT $1, coalesce(sum(stamps), 0)::bigint, $2 FROM stamp_total
"""


async def take_booklet(tx: Transaction, booklet_id: UUID) -> int:
    """Open the booklet if it is new and lock it; gives the stamps in it."""
    await tx.run(_OPEN, booklet_id)
    return int(await tx.fetch_value(_TAKE, booklet_id))


async def fill_booklet(tx: Transaction, booklet_id: UUID, stamps: int) -> int:
    """Set the stamps of a booklet that is locked; gives its new version."""
    return int(await tx.fetch_value(_FILL, booklet_id, stamps))


async def add_totals(tx: Transaction, sums: Mapping[UUID, tuple[int, int]]) -> None:
    """Add (additions, stamps) to the totals of each booklet. In order of id, so that workers cannot deadlock."""
    ids = sorted(sums)
    await tx.run(_ADD_TOTALS, ids, [sums[key][0] for key in ids], [sums[key][1] for key in ids])


async def total_of(tx: Transaction, booklet_id: UUID) -> int:
    """The stamps of a booklet as events have told."""
    return int(await tx.fetch_value(_TOTAL, booklet_id))


async def close_day(tx: Transaction, day: date, now: datetime) -> None:
    """Write down the total of all stamps as that of ``day``."""
    await tx.run(_CLOSE_DAY, day, now)


async def let_ink_dry(tx: Transaction, seconds: float) -> None:
    """Wait inside the transaction, as a slow statement would."""
    if seconds:
        await tx.run("SELECT pg_sleep($1)", seconds)


_OVERFULL = """
SELECT booklet_id, stamps, version FROM booklet WHERE stamps < version ORDER BY booklet_id LIMIT 20
"""
_BOOKLETS = "SELECT booklet_id::text AS key, stamps::text AS value FROM booklet ORDER BY booklet_id"
_TOTALS = "SELECT booklet_id::text AS key, stamps::text AS value FROM stamp_total ORDER BY booklet_id"


async def overfull_booklets(tx: Transaction) -> Sequence[Broken]:
    """Booklets with fewer stamps than additions: each addition puts in one at least."""
    rows = await tx.fetch(_OVERFULL)
    return [
        Broken(f"booklet {row['booklet_id']}", f"{row['version']} additions, {row['stamps']} stamps.") for row in rows
    ]


async def stream_booklets(tx: Transaction) -> AsyncIterator[tuple[str, str]]:
    """What is in the booklets."""
    async for row in tx.raw.cursor(_BOOKLETS):
        yield row["key"], row["value"]


async def stream_totals(tx: Transaction) -> AsyncIterator[tuple[str, str]]:
    """What events have told."""
    async for row in tx.raw.cursor(_TOTALS):
        yield row["key"], row["value"]
