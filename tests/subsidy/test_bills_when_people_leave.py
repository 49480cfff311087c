"""Bills of a run from which people leave and to which they come back: each month on one bill, or waiting on none."""

from __future__ import annotations

import asyncio

from shared.periods import Month
from tests.subsidy.play import BAND_1_RUPIAH, OWNER, TREASURER, Play, fresh_workers
from tests.subsidy.test_wrong_person import died


async def test_a_group_that_has_left_newcomers_and_cuts_at_once(play: Play) -> None:
    first, second, late = fresh_workers(2), fresh_workers(3), fresh_workers(4)
    await play.verified(first)
    line = await play.line()
    await play.decree(line, number="SK-1")
    await play.verified(second)
    await play.decree(line, number="SK-2")
    await play.enrolled([*first, *second])
    run = await play.run(line)
    await play.world.feed(*(died(worker, last=None) for worker in first))
    made = await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    assert (made["worker_count"], made["other_bill_ids"]) == (3, []), "nobody is left of the first group"
    assert await play.broken() == {}
    await play.world.feed(*(died(worker, last=None) for worker in second))  # too late for the bill
    await play.enrolled(first, version=5)
    await play.verified(late)
    await play.decree(line, number="SK-3")
    await play.enrolled(late)
    await play.world.run_jobs("assess", rounds=2)
    await play.done(f"/month-runs/{run}/retries", {}, OWNER)
    refused = await play.post(f"/month-runs/{run}/bills", {}, TREASURER)
    assert refused.json()["type"].endswith("run-still-assessing")
    await play.world.run_jobs("assess", rounds=3)
    answers = await asyncio.gather(*(play.post(f"/month-runs/{run}/bills", {}, TREASURER) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    bills = (await play.get(f"/bills?month_run_id={run}"))["items"]
    assert sorted(bill["worker_count"] for bill in bills) == [2, 3, 4]
    await play.world.run_jobs("send", rounds=4)
    for bill in bills:
        assert len(play.sent(f"bill-request_{bill['bill_id']}.csv")) == bill["worker_count"]
        play.answer_bill(bill["bill_id"])
    await play.world.run_jobs("receive", rounds=5)
    assert (await play.balances(line))["billed"] == 9 * BAND_1_RUPIAH
    assert await play.broken() == {}


async def test_who_comes_back_for_a_later_month_is_not_billed_for_the_one_between(play: Play) -> None:
    """Who left in October and is covered again from December has no cover in November, whoever reserved the money."""
    line, run, workers = await play.funded(3)
    gone, back, wrongly = workers
    await play.world.feed(*(died(worker, last=Month(2026, 10)) for worker in workers))
    await play.enrolled([back], version=5, cover_from=Month(2026, 12))
    await play.enrolled([wrongly], version=5)  # it was another person
    await play.world.run_job("assess")
    assert len(await play.cases("left-after-due")) == 2, "one is gone, one is back too late: a person looks"
    bill = await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    assert bill["worker_count"] == 1
    await play.world.run_job("send")
    assert [row["worker_ref"] for row in play.sent(f"bill-request_{bill['bill_id']}.csv")] == [str(wrongly)]
    await play.enrolled([gone], version=5, cover_from=Month(2026, 12))
    refused = await play.post(f"/month-runs/{run}/bills", {}, TREASURER)
    assert refused.json()["type"].endswith("nothing-to-bill")
    assert (await play.balances(line))["reserved"] == 3 * BAND_1_RUPIAH
    assert await play.broken() == {}
