"""The delivery is killed at every point between claim, hand-over and mark; nothing is lost and nobody told twice.

``PAYUNG_FAULTS=long`` kills it at 40 moments more.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import stat
from collections import Counter
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

from shared.contracts.events.notification_delivered import NotificationDelivered
from shared.contracts.events.notification_sent import NotificationSent
from tests.notification import process
from tests.notification.conftest import Town, open_town, paid, worker, write_to
from tests.notification.mail_server import mail_server, smtp
from tests.notification.process import end_of

IS_LONG = os.environ.get("PAYUNG_FAULTS") == "long"
# Passages of the delivery's commits: 1 the look for an open batch, 2 the claim, 3 the mark.
POINTS = ["before_db_commit:2", "after_db_commit:2", "before_db_commit:3", "after_db_commit:3"]


def start(town: Town, point: str | None = None) -> BaseProcess:
    """A process that delivers on the town's database."""
    url = town.world.database.url
    common = {"database_url": url, "kafka_bootstrap": "127.0.0.1:1", "quiet_hours": "none"}
    return process.start(url, {**common, **town.settings}, town.log_path, point)


async def finish(started: BaseProcess) -> int:
    """The exit code: 0 at a normal end, -9 after a kill."""
    code = await end_of(started)
    assert code in {0, -signal.SIGKILL}, code
    return code


async def prepare(town: Town, count: int) -> None:
    town.world.clock.set(datetime.now(UTC))
    people = [worker() for _ in range(count)]
    await town.world.feed(*(town.contact(one) for one in people), *(paid(one) for one in people))


async def assert_all_in_mailbox_once(town: Town, count: int, folder: Path) -> None:
    assert await town.states() == {"delivered": count}
    lines = Counter(line["message_id"] for line in town.lines())
    assert len(lines) == count
    assert set(lines.values()) == {1}
    for event_type in (NotificationSent, NotificationDelivered):
        told = Counter(event.message_id for event in await town.world.emitted(event_type))
        assert len(told) == count
        assert set(told.values()) == {1}
    await town.assert_sound(folder)


async def test_the_mailbox_after_a_kill_at_each_point(town: Town, tmp_path: Path) -> None:
    town.settings["mailbox_batch_size"] = 40
    for number, point in enumerate(POINTS, start=1):
        await prepare(town, 100)
        assert await finish(start(town, point)) == -signal.SIGKILL, point
        assert await finish(start(town)) == 0
        await assert_all_in_mailbox_once(town, 100 * number, tmp_path / "facts")
    for file in town.mailbox.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.name.endswith(".jsonl")
    assert stat.S_IMODE(town.mailbox.stat().st_mode) == 0o700


async def test_the_mailbox_after_kills_at_any_moment(town: Town, tmp_path: Path) -> None:
    count, kills = (3_000, 40) if IS_LONG else (1_500, 5)
    town.settings["mailbox_batch_size"] = 50
    await prepare(town, count)
    choice = random.Random(7)
    for _ in range(kills):
        started = start(town)
        await asyncio.sleep(0.15 + choice.random() * 0.3)
        started.kill()
        await finish(started)
    assert await finish(start(town)) == 0
    await assert_all_in_mailbox_once(town, count, tmp_path / "facts")


async def test_a_repeated_batch_writes_the_same_file(town: Town) -> None:
    await prepare(town, 10)
    assert await finish(start(town, "before_db_commit:3")) == -signal.SIGKILL
    [file] = town.mailbox.glob("*.jsonl")
    before = file.read_bytes()
    assert await town.states() == {"queued": 10}
    assert await finish(start(town)) == 0
    assert [one.name for one in town.mailbox.iterdir()] == [file.name]
    assert file.read_bytes() == before


async def test_email_after_a_kill_at_each_point_is_never_sent_twice(database_url: str, tmp_path: Path) -> None:
    with mail_server() as post:
        async with open_town(database_url, tmp_path, **smtp(post, smtp_batch_size=4)) as town:
            town.world.clock.set(datetime.now(UTC))
            unknown = sent = 0
            for point in POINTS:
                post.mails.clear()
                await write_to(town, *(f"orang{number}@example.id" for number in range(10)))
                assert await finish(start(town, point)) == -signal.SIGKILL, point
                assert await finish(start(town)) == 0
                doubt = 4 if point in {"after_db_commit:2", "before_db_commit:3"} else 0
                unknown, sent = unknown + doubt, sent + 10 - doubt
                states = await town.states()
                assert (states.get("unknown", 0), states["sent"]) == (unknown, sent), point
                assert set(post.ids.values()) == {1}
                assert len(post.mails) == (6 if point == "after_db_commit:2" else 10), point
            await town.assert_sound(tmp_path / "facts")


async def test_a_kill_while_the_server_has_the_text(database_url: str, tmp_path: Path) -> None:
    with mail_server() as post:
        async with open_town(database_url, tmp_path, **smtp(post, smtp_connections=1)) as town:
            town.world.clock.set(datetime.now(UTC))
            await write_to(town, *(f"orang{number}@example.id" for number in range(6)))
            victims: list[int] = []

            async def at_data(_: str) -> str | None:
                if len(post.mails) == 3 and victims:
                    os.kill(victims.pop(), signal.SIGKILL)
                return None

            post.at_data = at_data
            started = start(town)
            victims.append(started.pid or 0)
            assert await finish(started) == -signal.SIGKILL
            assert await finish(start(town)) == 0
            assert await town.states() == {"unknown": 6}
            assert set(post.ids.values()) == {1}
            assert len(post.mails) == 4
            await town.assert_sound(tmp_path / "facts")


async def test_two_processes_deliver_each_message_once(town: Town, tmp_path: Path) -> None:
    town.settings["mailbox_batch_size"] = 50
    await prepare(town, 1_000)
    codes = await asyncio.gather(*(finish(start(town)) for _ in range(2)))
    assert codes == [0, 0]
    await assert_all_in_mailbox_once(town, 1_000, tmp_path / "facts")
