"""What an operator does with foreign records and what waits behind them, also in a database of the program before."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import replace

import pytest

from shared.clock import SystemClock
from shared.messaging.consume.intake import Intake, storable_headers
from shared.messaging.consume.parked_admin import ParkedEvents
from shared.messaging.reasons import HOLDING, ParkCode
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.foreign import FOREIGN, OWN, admin_of, applied_of, parked_of, record_of, rows_of, run
from tests.shared.messaging.records import StoredRecord

_OLD_KEY = "INSERT INTO parked_key (topic, key) VALUES ($1, $2)"


async def test_a_foreign_record_behind_the_owners_bad_event_does_not_stop_the_replay(pair: Pair) -> None:
    key = uuid.uuid4()
    topic = pair.world.moved.TOPIC
    bad = OWN["in the future"][0](record_of(pair, key, 1, 1))
    foreign = FOREIGN["another writer"][0](record_of(pair, key, 9, 2))
    await pair.world.processor(pair.reader_database).process([bad, foreign, record_of(pair, key, 2, 3)])
    assert await parked_of(pair, key) == ["time-in-future", "writer-foreign", "follows-parked"]
    listed = await admin_of(pair).list_events()
    assert [event.holds_key for event in listed] == [True, False, True]
    await admin_of(pair).drop(listed[0].position, by="operator", note="sent again")
    done = await admin_of(pair).replay_key(topic, str(key), by="operator", note="go on")
    assert (done.replayed, done.stopped_at, list(done.refused)) == (1, None, [listed[1].position])
    assert "may not write" in done.refused[listed[1].position]
    assert await applied_of(pair, key) == [2]
    assert await admin_of(pair).blocked_keys() == []
    assert await admin_of(pair).keys_with_parked() == [(topic, str(key))]


async def test_a_foreign_record_is_refused_again_and_dropped(pair: Pair) -> None:
    key = uuid.uuid4()
    topic = pair.world.moved.TOPIC
    processor = pair.world.processor(pair.reader_database)
    true = record_of(pair, key, 1, 2)
    foreign = replace(FOREIGN["another writer"][0](true), offset=1)  # under the true event's own id
    await processor.process([foreign])
    tried = await admin_of(pair).replay_key(topic, str(key), by="operator", note="try")
    assert (tried.replayed, tried.stopped_at, len(tried.refused)) == (0, None, 1)
    [event] = await admin_of(pair).list_events()
    assert (event.reason_code, event.attempts) == ("writer-foreign", 1)
    await admin_of(pair).drop(event.position, by="siti", note="put there by hand")
    [dropped] = await admin_of(pair).list_events(status="dropped")
    assert (dropped.resolved_by, dropped.resolution) == ("siti", "put there by hand")
    assert (await processor.process([foreign, true])).applied == 1
    assert await applied_of(pair, key) == [1]
    assert await parked_of(pair, key) == []


async def test_what_can_be_read_by_now_is_applied_by_a_replay(pair: Pair) -> None:
    """The program has learned since who may write, or how much is read."""
    key = uuid.uuid4()
    record = FOREIGN["another writer"][0](record_of(pair, key, 1, 1))
    await pair.world.processor(pair.reader_database).process([record])
    spec = pair.world.catalogue.topic(pair.world.moved.TOPIC)
    catalogue = type(pair.world.catalogue)([replace(spec, owners=(*spec.owners, "compliance"))])
    admin = ParkedEvents(
        pair.reader_database,
        pair.world.reader(pair.reader_database),
        Intake(catalogue, SystemClock()),
        {pair.world.moved: pair.world.on_counter_moved},
    )
    done = await asyncio.gather(
        *(admin.replay_key(spec.name, str(key), by="operator", note="it may write now") for _ in range(3))
    )
    assert (sum(result.replayed for result in done), [result.refused for result in done]) == (1, [{}, {}, {}])
    assert await applied_of(pair, key) == [1]


async def test_what_turns_out_to_be_the_owners_holds_its_key_when_the_handler_fails_on_it(pair: Pair) -> None:
    key = uuid.uuid4()
    topic = pair.world.moved.TOPIC
    record = OWN["one on which the handler fails"][0](record_of(pair, key, 1, 1))
    processor = pair.world.processor(pair.reader_database)
    await processor.process([FOREIGN["another writer"][0](record)])
    await run(pair, "UPDATE parked_event SET headers = $1::jsonb", _stored_headers(record))
    tried = await admin_of(pair).replay_key(topic, str(key), by="operator", note="try")
    assert tried.stopped_at is not None
    assert await parked_of(pair, key) == ["handler-failed"]
    assert (await processor.process([record_of(pair, key, 2, 2)])).parked_by_reason == {"follows-parked": 1}


@pytest.mark.parametrize("code", sorted(set(ParkCode) - HOLDING))
async def test_what_was_parked_before_and_held_its_key_holds_it_no_more(pair: Pair, code: ParkCode) -> None:
    """A database of the program before: the key's row is there, and only a foreign record is behind it."""
    key = uuid.uuid4()
    processor = pair.world.processor(pair.reader_database)
    await processor.process([FOREIGN["another writer"][0](record_of(pair, key, 1, 1))])
    await run(pair, "UPDATE parked_event SET reason_code = $1", code.value)
    await run(pair, _OLD_KEY, pair.world.moved.TOPIC, str(key))
    assert (await processor.process([record_of(pair, key, 1, 2)])).applied == 1
    assert await admin_of(pair).blocked_keys() == []
    await admin_of(pair).replay_key(pair.world.moved.TOPIC, str(key), by="operator", note="after the update")
    assert await rows_of(pair, "SELECT key FROM parked_key") == []


@pytest.mark.parametrize("code", ["writer-foreign", "body-invalid", "version-unknown"])
async def test_who_waited_behind_a_foreign_record_before_goes_on_with_a_replay(pair: Pair, code: str) -> None:
    """Also where the program before gave it a reason that holds its key: it is looked at anew."""
    key = uuid.uuid4()
    topic = pair.world.moved.TOPIC
    processor = pair.world.processor(pair.reader_database)
    held = OWN["in the future"][0](record_of(pair, key, 1, 1))
    await processor.process([held, record_of(pair, key, 1, 2), record_of(pair, key, 2, 3)])
    foreign = FOREIGN["another writer, of a version that nobody knows"][0](held)
    query = "UPDATE parked_event SET reason_code = $1, headers = $2::jsonb WHERE reason_code = 'time-in-future'"
    await run(pair, query, code, _stored_headers(foreign))
    done = await admin_of(pair).replay_key(topic, str(key), by="operator", note="after the update")
    assert (done.replayed, done.stopped_at, len(done.refused)) == (2, None, 1)
    assert await applied_of(pair, key) == [1, 2]
    assert (await processor.process([record_of(pair, key, 3, 4)])).applied == 1


def _stored_headers(record: StoredRecord) -> str:
    return json.dumps(storable_headers(record.headers))
