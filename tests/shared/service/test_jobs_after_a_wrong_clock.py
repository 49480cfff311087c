"""A machine whose clock was wrong for a while: no period is lost for years, and none is done twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shared.clock import ManualClock
from shared.database import Database
from shared.messaging.outbox import Outbox
from tests.shared.service.test_jobs import NOON, Diary


@pytest.fixture
async def diary(outbox: Outbox, database: Database) -> Diary:
    async with database.transaction() as tx:
        await tx.run("CREATE TABLE diary (period_key text, position bigint GENERATED ALWAYS AS IDENTITY)")
    return Diary(outbox, ManualClock(NOON))


async def pages_after(diary: Diary, *moments: datetime) -> list[str]:
    for moment in moments:
        diary.clock.set(moment)
        await diary.runner().run_due()
    return await diary.pages()


async def test_a_clock_that_was_ahead_does_not_stop_the_job_until_then(diary: Diary) -> None:
    ahead = NOON + timedelta(days=100)
    before = await pages_after(diary, NOON, ahead)
    after = await pages_after(diary, NOON + timedelta(days=1), NOON + timedelta(days=2))
    assert after[len(before) :] == ["2026-11-21", "2026-11-22"]


async def test_what_was_done_ahead_of_time_is_not_done_again(diary: Diary) -> None:
    pages = await pages_after(
        diary,
        NOON,
        NOON + timedelta(days=2),
        NOON - timedelta(hours=3),
        *(NOON + timedelta(days=day) for day in range(4)),
    )
    assert pages == ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"]


async def test_a_failure_ahead_of_time_does_not_hold_up_the_present(diary: Diary) -> None:
    diary.fails_on = {"2026-11-22"}
    pages = await pages_after(
        diary, NOON, NOON + timedelta(days=2), NOON + timedelta(hours=1), NOON + timedelta(days=1)
    )
    assert pages == ["2026-11-20", "2026-11-21"]
    diary.fails_on = set()
    assert await pages_after(diary, NOON + timedelta(days=2, hours=1)) == ["2026-11-20", "2026-11-21", "2026-11-22"]
