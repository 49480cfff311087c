"""The outbox of a program before packed rows becomes one with them, with all that waits in it, and goes back empty."""

from __future__ import annotations

import uuid

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from shared.messaging.columnar.packed_outbox import FEWEST
from shared.messaging.slots import slot_of
from shared.messaging.tables import (
    packed_name_statements,
    packed_name_undo_statements,
    parcel_statements,
    parcel_undo_statements,
)
from tests.shared.messaging.conftest import Pair

_BEFORE = """
INSERT INTO outbox (event_id, topic, schema_version, key, occurred_at, body)
SELECT gen_random_uuid(), 'topic', 1, key, now(), 'body' FROM unnest($1::text[]) key
"""


async def _run(pair: Pair, statements: list[str]) -> None:
    async with pair.writer_database.transaction() as tx:
        for statement in statements:
            await tx.run(statement)


async def test_what_waits_moves_to_the_slot_of_its_key(pair: Pair) -> None:
    """Else an event of the program before and a later one of the same key would be in the hands of two relays."""
    keys = [str(uuid.uuid4()) for _ in range(500)] + ["ключ", "k"]
    await _run(pair, [*packed_name_undo_statements(), *parcel_undo_statements()])
    async with pair.writer_database.transaction() as tx:
        await tx.run(_BEFORE, keys)
    await _run(pair, [*parcel_statements(), *packed_name_statements()])
    async with pair.writer_database.transaction() as tx:
        rows = await tx.fetch("SELECT key, slot, events FROM outbox ORDER BY position")
    assert [tuple(row) for row in rows] == [(key, slot_of(key.encode()), 1) for key in keys]


async def test_nobody_goes_back_while_packed_rows_wait(pair: Pair) -> None:
    """The program before would send a packed row's template as an event, and delete the events."""
    counters = [(uuid.uuid4(),) for _ in range(FEWEST)]
    moved = pair.world.moved(aggregate_version=1, counter_id=counters[0][0], amount=1)
    async with pair.world.writer(pair.writer_database).unit_of_work() as work:
        work.emit_copies(moved, ["counter_id"], counters)
    await _run(pair, packed_name_undo_statements())
    with pytest.raises((asyncpg.RaiseError, DBAPIError), match="Parcels wait in the outbox"):
        await _run(pair, parcel_undo_statements())
    async with pair.writer_database.transaction() as tx:
        assert await tx.fetch_value("SELECT sum(events) FROM outbox") == FEWEST
        await tx.run("TRUNCATE outbox")
    await _run(pair, parcel_undo_statements())
