"""A record that is not the owner's event of its key is parked in sight and holds nobody back (docs/adr/0040)."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.clock import SystemClock
from shared.messaging.consume.intake import Intake, storable_headers
from shared.messaging.consume.parked_admin import ParkedEvents
from shared.messaging.reasons import HOLDING, HOLDS_KEY, SENTENCES, ParkCode
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.foreign import FOREIGN, OWN, record_of
from tests.shared.messaging.records import Sender, StoredRecord

_OPERATIONS = Path(__file__).parents[3] / "docs/operations.md"
_OLD_KEY = "INSERT INTO parked_key (topic, key) VALUES ($1, $2)"


async def _rows(pair: Pair, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
    async with pair.reader_database.transaction() as tx:
        return [tuple(row) for row in await tx.fetch(query, *arguments)]


async def _applied(pair: Pair, key: uuid.UUID) -> list[int]:
    return [row[0] for row in await _rows(pair, "SELECT version FROM applied WHERE counter_id = $1 ORDER BY 1", key)]


async def _parked(pair: Pair, key: uuid.UUID) -> list[str]:
    query = "SELECT reason_code FROM parked_event WHERE key = $1 AND status = 'parked' ORDER BY position"
    return [row[0] for row in await _rows(pair, query, str(key))]


def _admin(pair: Pair) -> ParkedEvents:
    return ParkedEvents(
        pair.reader_database,
        pair.world.reader(pair.reader_database),
        Intake(pair.world.catalogue, SystemClock()),
        {pair.world.moved: pair.world.on_counter_moved},
    )


async def _send(sender: Sender, record: StoredRecord) -> None:
    await sender.send(body=record.value, key=record.key, headers=record.headers)


async def test_what_is_foreign_or_unreadable_holds_nobody_back(pair: Pair) -> None:
    """Through Kafka: first the foreign record, in each of its forms, then two true events of the key."""
    keys = {name: uuid.uuid4() for name in FOREIGN}
    worker = pair.worker()
    async with Sender(pair) as sender:
        for name, key in keys.items():
            await _send(sender, FOREIGN[name][0](record_of(pair, key, 1, 0)))
        for version in (1, 2):
            for key in keys.values():
                await _send(sender, record_of(pair, key, version, 0))
        async with asyncio.timeout(30):
            while worker.status.parked < len(keys):
                await asyncio.sleep(0.02)
        await pair.wait_applied(2 * len(keys), 10)
    assert {name: await _applied(pair, key) for name, key in keys.items()} == {name: [1, 2] for name in keys}
    assert {name: await _parked(pair, key) for name, key in keys.items()} == {n: [FOREIGN[n][1]] for n in keys}
    assert await _rows(pair, "SELECT key FROM parked_key") == []


async def test_the_owners_own_event_holds_its_key_until_it_is_settled(pair: Pair) -> None:
    keys = {name: uuid.uuid4() for name in OWN}
    worker = pair.worker()
    async with Sender(pair) as sender:
        for name, key in keys.items():
            await _send(sender, OWN[name][0](record_of(pair, key, 1, 0)))
            await _send(sender, record_of(pair, key, 2, 0))
        async with asyncio.timeout(30):
            while worker.status.parked < 2 * len(keys):
                await asyncio.sleep(0.02)
    assert {name: await _parked(pair, key) for name, key in keys.items()} == {
        name: [OWN[name][1], "follows-parked"] for name in keys
    }
    assert await _rows(pair, "SELECT count(*) FROM applied") == [(0,)]
    assert sorted(await _admin(pair).blocked_keys()) == sorted((pair.world.moved.TOPIC, str(k)) for k in keys.values())


async def test_an_id_under_another_body_holds_nobody_back(pair: Pair) -> None:
    """It can be applied on no day, so that to wait for it helps nobody."""
    key = uuid.uuid4()
    first, second, third = (record_of(pair, key, version, version) for version in (1, 2, 3))
    second = replace(second, headers=first.headers)
    outcome = await pair.world.processor(pair.reader_database).process([first, second, third])
    assert (outcome.applied, outcome.parked_by_reason) == (2, {"id-reused": 1})
    assert await _applied(pair, key) == [1, 3]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
async def test_every_true_event_is_applied_in_order_whatever_stands_between(pair: Pair, data: st.DataObject) -> None:
    """Both ways of applying a batch, any cut into batches, any repetition of what was delivered before."""
    keys = [uuid.uuid4() for _ in range(data.draw(st.integers(1, 3)))]
    kinds = data.draw(st.lists(st.sampled_from([None, None, None, *FOREIGN]), min_size=1, max_size=14))
    versions = dict.fromkeys(keys, 0)
    foreign: list[tuple[str, int]] = []
    records: list[StoredRecord] = []
    base = data.draw(st.just(uuid.uuid4().int % 2**40))
    for number, kind in enumerate(kinds):
        key = data.draw(st.sampled_from(keys))
        versions[key] += kind is None
        record = record_of(pair, key, versions[key] + (kind is not None), base + number)
        if kind is not None:
            record = FOREIGN[kind][0](record)
            foreign.append((FOREIGN[kind][1], record.offset))
        records.append(record)
    processor = pair.world.processor(pair.reader_database)
    at = 0
    while at < len(records):
        until = data.draw(st.integers(at + 1, len(records)))
        again = data.draw(st.integers(max(0, at - 3), at))
        await processor.process(records[again:until])
        at = until
    await processor.process(records)
    query = "SELECT counter_id, version FROM applied WHERE counter_id = ANY ($1::uuid[]) ORDER BY position"
    applied = await _rows(pair, query, keys)
    for key in keys:
        assert [version for of_key, version in applied if of_key == key] == list(range(1, versions[key] + 1))
    query = "SELECT reason_code, kafka_offset FROM parked_event WHERE key = ANY ($1::text[]) ORDER BY kafka_offset"
    assert await _rows(pair, query, [str(key) for key in keys]) == foreign
    assert await _rows(pair, "SELECT key FROM parked_key") == []


async def test_a_foreign_record_behind_the_owners_bad_event_does_not_stop_the_replay(pair: Pair) -> None:
    key = uuid.uuid4()
    topic = pair.world.moved.TOPIC
    bad = OWN["in the future"][0](record_of(pair, key, 1, 1))
    foreign = FOREIGN["another writer"][0](record_of(pair, key, 9, 2))
    await pair.world.processor(pair.reader_database).process([bad, foreign, record_of(pair, key, 2, 3)])
    assert await _parked(pair, key) == ["time-in-future", "writer-foreign", "follows-parked"]
    listed = await _admin(pair).list_events()
    assert [event.holds_key for event in listed] == [True, False, True]
    await _admin(pair).drop(listed[0].position, by="operator", note="sent again")
    done = await _admin(pair).replay_key(topic, str(key), by="operator", note="go on")
    assert (done.replayed, done.stopped_at, list(done.refused)) == (1, None, [listed[1].position])
    assert "may not write" in done.refused[listed[1].position]
    assert await _applied(pair, key) == [2]
    assert await _admin(pair).blocked_keys() == []
    assert await _admin(pair).keys_with_parked() == [(topic, str(key))]


async def test_a_foreign_record_is_refused_again_and_dropped(pair: Pair) -> None:
    key = uuid.uuid4()
    topic = pair.world.moved.TOPIC
    processor = pair.world.processor(pair.reader_database)
    true = record_of(pair, key, 1, 2)
    foreign = replace(FOREIGN["another writer"][0](true), offset=1)  # under the true event's own id
    await processor.process([foreign])
    tried = await _admin(pair).replay_key(topic, str(key), by="operator", note="try")
    assert (tried.replayed, tried.stopped_at, len(tried.refused)) == (0, None, 1)
    [event] = await _admin(pair).list_events()
    assert (event.reason_code, event.attempts) == ("writer-foreign", 1)
    await _admin(pair).drop(event.position, by="siti", note="put there by hand")
    [dropped] = await _admin(pair).list_events(status="dropped")
    assert (dropped.resolved_by, dropped.resolution) == ("siti", "put there by hand")
    assert (await processor.process([foreign, true])).applied == 1
    assert await _applied(pair, key) == [1]
    assert await _parked(pair, key) == []


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
    done = await admin.replay_key(spec.name, str(key), by="operator", note="it may write now")
    assert (done.replayed, done.refused) == (1, {})
    assert await _applied(pair, key) == [1]


async def test_what_turns_out_to_be_the_owners_holds_its_key_when_the_handler_fails_on_it(pair: Pair) -> None:
    key = uuid.uuid4()
    topic = pair.world.moved.TOPIC
    record = OWN["one on which the handler fails"][0](record_of(pair, key, 1, 1))
    processor = pair.world.processor(pair.reader_database)
    await processor.process([FOREIGN["another writer"][0](record)])
    await _run(pair, "UPDATE parked_event SET headers = $1::jsonb", _stored_headers(record))
    tried = await _admin(pair).replay_key(topic, str(key), by="operator", note="try")
    assert tried.stopped_at is not None
    assert await _parked(pair, key) == ["handler-failed"]
    assert (await processor.process([record_of(pair, key, 2, 2)])).parked_by_reason == {"follows-parked": 1}


@pytest.mark.parametrize("code", sorted(set(ParkCode) - HOLDING))
async def test_what_was_parked_before_and_held_its_key_holds_it_no_more(pair: Pair, code: ParkCode) -> None:
    """A database of the program before: the key's row is there, and only a foreign record is behind it."""
    key = uuid.uuid4()
    processor = pair.world.processor(pair.reader_database)
    await processor.process([FOREIGN["another writer"][0](record_of(pair, key, 1, 1))])
    await _run(pair, "UPDATE parked_event SET reason_code = $1", code.value)
    await _run(pair, _OLD_KEY, pair.world.moved.TOPIC, str(key))
    assert (await processor.process([record_of(pair, key, 1, 2)])).applied == 1
    assert await _admin(pair).blocked_keys() == []
    await _admin(pair).replay_key(pair.world.moved.TOPIC, str(key), by="operator", note="after the update")
    assert await _rows(pair, "SELECT key FROM parked_key") == []


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
    await _run(pair, query, code, _stored_headers(foreign))
    done = await _admin(pair).replay_key(topic, str(key), by="operator", note="after the update")
    assert (done.replayed, done.stopped_at, len(done.refused)) == (2, None, 1)
    assert await _applied(pair, key) == [1, 2]
    assert (await processor.process([record_of(pair, key, 3, 4)])).applied == 1


def test_every_reason_says_whether_it_holds_the_key_and_why() -> None:
    assert set(HOLDS_KEY) == set(SENTENCES) == set(ParkCode)
    assert {code for code, rule in HOLDS_KEY.items() if rule.holds} == HOLDING
    assert all(rule.because.endswith(".") for rule in HOLDS_KEY.values())


def test_the_operators_table_says_the_same() -> None:
    told: dict[str, str] = {}
    for line in _OPERATIONS.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        codes = re.findall(r"`([a-z-]+)`", cells[0])
        if len(cells) == 4 and set(codes) & set(ParkCode):
            told |= dict.fromkeys(codes, cells[2])
    assert told == {code.value: "yes" if code in HOLDING else "no" for code in ParkCode}


async def _run(pair: Pair, statement: str, *arguments: Any) -> None:
    async with pair.reader_database.transaction() as tx:
        await tx.run(statement, *arguments)


def _stored_headers(record: StoredRecord) -> str:
    return json.dumps(storable_headers(record.headers))
