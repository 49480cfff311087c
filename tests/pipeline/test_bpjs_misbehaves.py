"""Whatever the BPJS branch does: nothing is paid twice, what is wrong is in sight, in the end everybody is covered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from deploy.sandbox.programme.journey import Counts
from deploy.sandbox.programme.people import OPERATOR, TREASURER
from tests.pipeline.conftest import Platform
from tests.pipeline.looking import SETTLE_S, broken_rows, look
from tests.pipeline.month import SmallMonth, small_month

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

PRICE_RUPIAH = 16_800


def _paid_since(month: SmallMonth, now: Counts) -> tuple[int, int]:
    before, after = month.before.subsidy["contributions"], now.subsidy["contributions"]
    return after["paid"] - before["paid"], after["paid_rupiah"] - before["paid_rupiah"]


async def _check_once(month: SmallMonth, now: Counts) -> None:
    """Everybody of the list is paid exactly once, and everything agrees."""
    people = now.enrolment["enrolled"] - month.before.enrolment["enrolled"]
    assert people > 70
    assert _paid_since(month, now) == (people, people * PRICE_RUPIAH)
    assert now.messages - month.before.messages == 2 * people
    assert broken_rows(look(month.platform.database_urls, SETTLE_S)) == set()


async def _cases(month: SmallMonth, service: str) -> list[Any]:
    return list((await month.offices.get(OPERATOR, service, "/cases"))["items"])


async def test_partial_answers_and_wrong_totals(platform: Platform) -> None:
    async with small_month(platform, 101) as month:
        month.behave(group_answer="partial", share=0.5)
        await month.register()
        line_id = await month.grant()
        some = await month.until(
            "part of the answer", lambda now: now.enrolment["enrolled"] > month.before.enrolment["enrolled"]
        )
        assert some.enrolment["in_group_waiting"] > 0, "who is not answered for is in sight"
        month.behave(bill="wrong-total")
        await month.enrolled()
        run = await month.assess(line_id)
        path = f"/month-runs/{run['month_run_id']}/bills"
        bill = await month.offices.post(TREASURER, "subsidy", path, {})
        where = f"/bills/{bill['bill_id']}"
        await month.offices.until(
            "the mismatch",
            lambda: month.offices.get(TREASURER, "subsidy", where),
            lambda now: now["state"] == "mismatch",
            60,
        )
        assert await _cases(month, "subsidy"), "the mismatch is a case"
        assert _paid_since(month, await month.count()) == (0, 0)
        month.behave(confirmation="partial", share=0.5)
        await month.offices.until(
            "the right bill",
            lambda: month.offices.get(TREASURER, "subsidy", where),
            lambda now: now["state"] == "billed",
            60,
        )

        paying = asyncio.create_task(month.pay(run))
        part = await month.until("part of the money", lambda now: _paid_since(month, now)[0] > 0)
        assert part.subsidy["contributions"]["outstanding"] > 0
        assert broken_rows(look(platform.database_urls)) <= {
            "subsidy/outbox",
            "enrolment/outbox",
            "notification/outbox",
        } | {
            "enrolment = subsidy/contribution.paid",
            "notification = subsidy/notice.paid",
        }, "even half-way the books balance"
        month.behave()
        await paying
        await _check_once(month, await month.settled())


async def test_everything_twice(platform: Platform) -> None:
    async with small_month(platform, 102) as month:
        month.behave(group_answer="duplicate", bill="duplicate", confirmation="duplicate")
        await _check_once(month, await month.finish())


async def test_silence_and_delay(platform: Platform) -> None:
    async with small_month(platform, 103) as month:
        month.behave(group_answer="delay", bill="delay", delay_s=2)
        await month.register()
        line_id = await month.grant()
        await month.enrolled()
        run = await month.assess(line_id)

        month.behave(confirmation="never")
        paying = asyncio.create_task(month.pay(run))
        disbursements: Any = None
        while not disbursements:
            await asyncio.sleep(0.5)
            bills = (await month.offices.get(TREASURER, "subsidy", "/bills", month_run_id=run["month_run_id"]))["items"]
            if bills:
                query = {"bill_id": bills[0]["bill_id"]}
                found = (await month.offices.get(TREASURER, "subsidy", "/disbursements", **query))["items"]
                disbursements = [one for one in found if one["state"] == "instructed"]
        await asyncio.sleep(3)
        assert _paid_since(month, await month.count()) == (0, 0), "nobody is covered by a payment that nobody confirmed"
        month.behave()
        await paying
        await _check_once(month, await month.settled())
