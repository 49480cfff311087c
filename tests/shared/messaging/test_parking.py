"""One bad event holds up its own key only; an operator replays in order or drops with a reason."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Sequence
from typing import Any

import pytest

from shared.clock import SystemClock
from shared.messaging.consume.consumer import Consumer
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.parked_admin import NotParkedError, ParkedEvents
from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork
from shared.messaging.reasons import EventsRejectedError, TransientFailureError
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.history import applied
from tests.shared.messaging.kit import CounterMoved
from tests.shared.messaging.records import Sender


class Moody:
    """The ordinary handler, except for the counters in ``refused`` (for good) and ``not_yet`` (later)."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.refused: set[uuid.UUID] = set()
        self.named: set[uuid.UUID] = set()
        self.not_yet: set[uuid.UUID] = set()
        self.calls = 0

    async def __call__(self, uow: UnitOfWork, events: Sequence[Received[CounterMoved]]) -> None:
        self.calls += 1
        if any(received.event.counter_id in self.not_yet for received in events):
            raise TransientFailureError
        if found := {r.event_id: "It is refused." for r in events if r.event.counter_id in self.named}:
            raise EventsRejectedError(found)
        if any(received.event.counter_id in self.refused for received in events):
            raise KeyError("a fault of the program")
        await self.pair.world.on_counter_moved(uow, events)


def _worker(pair: Pair, moody: Moody) -> Consumer:
    handlers: dict[Any, Any] = {pair.world.moved: moody}
    consumer = Consumer(
        pair.world.processor(pair.reader_database, handlers),
        [pair.world.moved.TOPIC],
        pair.world.consumer(pair.bootstrap),
    )
    pair.tasks.append(asyncio.create_task(consumer.run(pair.stop)))
    return consumer


def _admin(pair: Pair, handler: Any = None) -> ParkedEvents:
    return ParkedEvents(
        pair.reader_database,
        pair.world.reader(pair.reader_database),
        Intake(pair.world.catalogue, SystemClock()),
        {pair.world.moved: handler or pair.world.on_counter_moved},
    )


async def _parked(consumer: Consumer, count: int) -> None:
    async with asyncio.timeout(20):
        while consumer.status.parked < count:
            await asyncio.sleep(0.02)


async def test_later_events_of_a_key_wait_and_replay_keeps_their_order(pair: Pair) -> None:
    moody = Moody(pair)
    bad, good = pair.counters[0], pair.counters[1]
    moody.refused.add(bad)
    worker = _worker(pair, moody)
    topic = pair.world.moved.TOPIC
    async with Sender(pair) as sender:
        for version in range(1, 6):
            await sender.send(sender.event(bad, version))
            await sender.send(sender.event(good, version))
        await pair.wait_applied(5)
        await _parked(worker, 5)
        parked = await _admin(pair).list_events()
        assert [(event.reason_code, event.key) for event in parked] == [("handler-failed", str(bad))] + [
            ("follows-parked", str(bad))
        ] * 4
        assert "KeyError" in parked[0].reason
        assert await applied(pair.reader_database) == [(str(good), version) for version in range(1, 6)]

        failed = await _admin(pair, moody).replay_key(topic, str(bad), by="operator", note="try")
        assert (failed.replayed, failed.stopped_at) == (0, parked[0].position)

        moody.refused.clear()
        done = await _admin(pair, moody).replay_key(topic, str(bad), by="operator", note="mended")
        assert (done.replayed, done.stopped_at, done.reason) == (5, None, None)
        await sender.send(sender.event(bad, 6))
        await pair.wait_applied(11)
    effects = [version for key, version in await applied(pair.reader_database) if key == str(bad)]
    assert effects == [1, 2, 3, 4, 5, 6]
    assert await _admin(pair).blocked_keys() == []
    settled = await _admin(pair).list_events(status="replayed")
    assert {event.resolved_by for event in settled} == {"operator"}
    assert settled[0].attempts == 2


async def test_a_replay_while_events_of_the_key_pour_in_loses_and_reorders_none(pair: Pair) -> None:
    moody = Moody(pair)
    key = pair.counters[0]
    moody.refused.add(key)
    worker = _worker(pair, moody)
    async with Sender(pair) as sender:
        await sender.send(sender.event(key, 1))
        await _parked(worker, 1)

        async def pour() -> None:
            for version in range(2, 200):
                await sender.send(sender.event(key, version))

        async def replay() -> None:
            await asyncio.sleep(0.05)
            moody.refused.clear()
            for _ in range(100):
                await _admin(pair, moody).replay_key(pair.world.moved.TOPIC, str(key), by="operator", note="mended")
                await asyncio.sleep(0.01)

        await asyncio.gather(pour(), replay())
        await pair.wait_applied(199)
    assert [version for _, version in await applied(pair.reader_database)] == list(range(1, 200))
    assert await _admin(pair).blocked_keys() == []


async def test_a_handler_that_names_the_culprits_parks_them_alone(pair: Pair) -> None:
    moody = Moody(pair)
    moody.named.add(pair.counters[0])
    async with Sender(pair) as sender:
        for counter in pair.counters[:50]:
            await sender.send(sender.event(counter))
    worker = _worker(pair, moody)
    await pair.wait_applied(49)
    await _parked(worker, 1)
    event = (await _admin(pair).list_events())[0]
    assert (event.reason_code, event.reason) == ("handler-refused", "The service refused the event. It is refused.")
    assert moody.calls <= 3 * worker.status.batches + 6, "no halving is needed when the culprit is named"


async def test_a_dropped_event_stays_dropped_and_frees_its_key(pair: Pair) -> None:
    moody = Moody(pair)
    key = pair.counters[0]
    moody.refused.add(key)
    worker = _worker(pair, moody)
    async with Sender(pair) as sender:
        await sender.send(sender.event(key, 1))
        await sender.send(sender.event(key, 2))
        await _parked(worker, 2)
        moody.refused.clear()
        first = (await _admin(pair).list_events())[0]
        await _admin(pair).drop(first.position, by="operator", note="test event")
        with pytest.raises(NotParkedError):
            await _admin(pair).drop(first.position, by="operator", note="again")
        result = await _admin(pair, moody).replay_key(pair.world.moved.TOPIC, str(key), by="operator", note="go on")
        assert result.replayed == 1
        await sender.send(sender.event(key, 3))
        await pair.wait_applied(2)
    assert [version for _, version in await applied(pair.reader_database)] == [2, 3]


async def test_what_is_not_there_yet_is_waited_for_and_nothing_is_parked(pair: Pair) -> None:
    moody = Moody(pair)
    moody.not_yet.add(pair.counters[0])
    worker = _worker(pair, moody)
    async with Sender(pair) as sender:
        await sender.send(sender.event(pair.counters[0]))
    async with asyncio.timeout(20):
        while worker.status.retries < 3:
            await asyncio.sleep(0.02)
    moody.not_yet.clear()
    await pair.wait_applied(1)
    assert worker.status.parked == 0


async def test_a_missing_table_parks_nobody(pair: Pair) -> None:
    """A migration that has not run is a fault of the deployment; a million events must wait, not park."""
    async with pair.reader_database.transaction() as tx:
        await tx.run("ALTER TABLE applied RENAME TO applied_later")
    worker = _worker(pair, Moody(pair))
    async with Sender(pair) as sender:
        await sender.send(sender.event(pair.counters[0]))
    async with asyncio.timeout(20):
        while worker.status.retries < 2:
            await asyncio.sleep(0.02)
    async with pair.reader_database.transaction() as tx:
        await tx.run("ALTER TABLE applied_later RENAME TO applied")
    await pair.wait_applied(1)
    assert worker.status.parked == 0


@pytest.mark.parametrize("point", ["before_replay_commit", "after_replay_commit"])
async def test_a_replay_that_is_killed_applies_each_event_once(pair: Pair, point: str) -> None:
    moody = Moody(pair)
    key = pair.counters[0]
    moody.refused.add(key)
    worker = _worker(pair, moody)
    async with Sender(pair) as sender:
        for version in range(1, 4):
            await sender.send(sender.event(key, version))
    await _parked(worker, 3)
    program = (
        "import asyncio, sys; from tests.shared.messaging import test_parking as t;"
        "asyncio.run(t.replay_in_process(*sys.argv[1:]))"
    )
    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", program, pair.world.suffix, pair.reader_url, pair.bootstrap, str(key)],
        env=dict(os.environ) | {"PAYUNG_TESTING": "1", "PAYUNG_CRASH_POINT": f"{point}:2"},
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    await _admin(pair).replay_key(pair.world.moved.TOPIC, str(key), by="operator", note="once more")
    assert [version for _, version in await applied(pair.reader_database)] == [1, 2, 3]


async def replay_in_process(suffix: str, url: str, bootstrap: str, key: str) -> None:
    """What the killed process of the test above runs."""
    from shared.database import Database
    from tests.shared.messaging.kit import World

    database = Database(url)
    pair = Pair(World(suffix), bootstrap, url, url, database, database)
    await _admin(pair).replay_key(pair.world.moved.TOPIC, key, by="operator", note="killed")
