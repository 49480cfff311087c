"""A record that is not the owner's event of its key is parked in sight and holds nobody back (docs/adr/0040)."""

from __future__ import annotations

import asyncio
import re
import uuid
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.messaging.reasons import HOLDING, HOLDS_KEY, SENTENCES, ParkCode
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.foreign import FOREIGN, OWN, admin_of, applied_of, parked_of, record_of, rows_of
from tests.shared.messaging.records import Sender, StoredRecord

_OPERATIONS = Path(__file__).parents[3] / "docs/operations.md"


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
    assert {name: await applied_of(pair, key) for name, key in keys.items()} == {name: [1, 2] for name in keys}
    assert {name: await parked_of(pair, key) for name, key in keys.items()} == {n: [FOREIGN[n][1]] for n in keys}
    assert await rows_of(pair, "SELECT key FROM parked_key") == []


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
    assert {name: await parked_of(pair, key) for name, key in keys.items()} == {
        name: [OWN[name][1], "follows-parked"] for name in keys
    }
    assert await rows_of(pair, "SELECT count(*) FROM applied") == [(0,)]
    assert sorted(await admin_of(pair).blocked_keys()) == sorted(
        (pair.world.moved.TOPIC, str(k)) for k in keys.values()
    )


async def test_an_id_under_another_body_holds_nobody_back(pair: Pair) -> None:
    """It can be applied on no day, so that to wait for it helps nobody."""
    key = uuid.uuid4()
    first, second, third = (record_of(pair, key, version, version) for version in (1, 2, 3))
    second = replace(second, headers=first.headers)
    outcome = await pair.world.processor(pair.reader_database).process([first, second, third])
    assert (outcome.applied, outcome.parked_by_reason) == (2, {"id-reused": 1})
    assert await applied_of(pair, key) == [1, 3]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
async def test_every_true_event_is_applied_in_order_whatever_stands_between(pair: Pair, data: st.DataObject) -> None:
    """Both ways of applying a batch, any cut into batches, any repetition of what was delivered before."""
    keys = [uuid.uuid4() for _ in range(data.draw(st.integers(1, 3)))]
    kinds = data.draw(st.lists(st.one_of(st.none(), st.none(), st.sampled_from(sorted(FOREIGN))), max_size=16))
    versions = dict.fromkeys(keys, 0)
    foreign: list[tuple[str, int]] = []
    records: list[StoredRecord] = []
    base = uuid.uuid4().int % 2**40
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
        if data.draw(st.booleans()):  # after a restart, which begins in hope
            processor = pair.world.processor(pair.reader_database)
        await processor.process(records[again:until])
        at = until
    await processor.process(records)
    query = "SELECT counter_id, version FROM applied WHERE counter_id = ANY ($1::uuid[]) ORDER BY position"
    applied = await rows_of(pair, query, keys)
    for key in keys:
        assert [version for of_key, version in applied if of_key == key] == list(range(1, versions[key] + 1))
    query = "SELECT reason_code, kafka_offset FROM parked_event WHERE key = ANY ($1::text[]) ORDER BY kafka_offset"
    assert await rows_of(pair, query, [str(key) for key in keys]) == foreign
    assert await rows_of(pair, "SELECT key FROM parked_key") == []


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
