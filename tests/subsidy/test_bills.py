"""Bills: asked for once, matched before anything moves; duplicates change nothing, silence is a case."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.subsidy.play import BAND_1_RUPIAH, OWNER, TREASURER, Play, fresh_workers


async def requested(play: Play, count: int = 3) -> tuple[str, str]:
    """A run with a bill that is asked for: line, bill."""
    line, run, _ = await play.funded(count)
    bill = await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    assert bill["state"] == "cut"
    await play.world.run_job("send")
    return line, str(bill["bill_id"])


async def state(play: Play, bill: str) -> str:
    """The bill's state."""
    return str((await play.get(f"/bills/{bill}"))["state"])


async def test_a_bill_request_names_every_worker_once(play: Play) -> None:
    _, bill = await requested(play, 4)
    rows = play.sent(f"bill-request_{bill}.csv")
    assert [row["worker_ref"] for row in rows] == sorted(row["worker_ref"] for row in rows)
    assert {(row["jkk_rupiah"], row["jkm_rupiah"], row["month"]) for row in rows} == {("10000", "6800", "2026-11")}
    assert await state(play, bill) == "requested"
    text = (play.folder / "out" / f"bill-request_{bill}.csv").read_text()
    assert text.endswith(f"TRAILER,4,{4 * BAND_1_RUPIAH}\n")


async def test_after_a_crash_the_same_file_is_written_again(play: Play) -> None:
    _, run, _ = await play.funded(3)
    bill = await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    path = play.folder / "out" / f"bill-request_{bill['bill_id']}.csv"
    jobs = {job.name: job for job in play.world.service.jobs_for(play.world.context)}

    async def crash() -> None:
        async with play.world.outbox.unit_of_work() as uow:
            await jobs["send"].handler(uow, "crash")
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await crash()
    before = path.read_bytes()
    assert await state(play, bill["bill_id"]) == "cut"
    path.unlink()
    await play.world.run_job("send")
    assert path.read_bytes() == before
    assert await state(play, bill["bill_id"]) == "requested"


async def test_a_run_is_billed_once_and_only_when_it_is_assessed(play: Play) -> None:
    workers = fresh_workers(2)
    await play.verified(workers)
    line = await play.line()
    await play.decree(line)
    await play.enrolled(workers)
    run = await play.done("/month-runs", {"funding_line_id": line, "month": "2026-11"}, OWNER)
    path = f"/month-runs/{run['month_run_id']}/bills"
    assert (await play.post(path, {}, TREASURER)).json()["type"].endswith("run-still-assessing")
    await play.world.run_job("assess")
    made = await play.done(path, {}, TREASURER)
    assert (made["worker_count"], made["amount_rupiah"], made["other_bill_ids"]) == (2, 2 * BAND_1_RUPIAH, [])
    assert (await play.post(path, {}, TREASURER)).json()["type"].endswith("nothing-to-bill")
    assert (await play.get(f"/month-runs/{run['month_run_id']}"))["state"] == "billed"
    found = await play.get(f"/bills?month_run_id={run['month_run_id']}")
    assert [item["bill_id"] for item in found["items"]] == [made["bill_id"]]


async def test_each_group_has_its_own_bill(play: Play) -> None:
    first, second = fresh_workers(2), fresh_workers(3)
    await play.verified(first)
    line = await play.line()
    await play.decree(line, number="SK-1")
    await play.verified(second)
    await play.decree(line, number="SK-2")
    await play.enrolled([*first, *second])
    run = await play.run(line)
    made = await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    assert len(made["other_bill_ids"]) == 1
    bills = (await play.get(f"/bills?month_run_id={run}"))["items"]
    assert sorted(bill["worker_count"] for bill in bills) == [2, 3]
    assert len({bill["group_id"] for bill in bills}) == 2
    assert await play.broken() == {}


async def test_a_bill_that_matches_moves_the_money_once(play: Play) -> None:
    line, bill = await requested(play)
    play.answer_bill(bill)
    play.answer_bill(bill, "_2")
    await play.world.run_jobs("receive", rounds=2)
    play.answer_bill(bill)  # the same name and content once more
    await play.world.run_jobs("receive", rounds=2)
    assert await state(play, bill) == "billed"
    balances = await play.balances(line)
    assert (balances["reserved"], balances["billed"]) == (0, 3 * BAND_1_RUPIAH)
    files = await play.world.rows("SELECT name, state FROM exchange_file ORDER BY name")
    assert [row["state"] for row in files] == ["applied", "repeated"]
    assert not list((play.folder / "in").iterdir())
    assert (await play.get("/cases"))["items"] == []
    assert await play.broken() == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"worker_count": 2},
        {"worker_count": 4},
        {"jkk_rupiah": 29_999},
        {"jkm_rupiah": 20_401},
        {"total_rupiah": 50_401},
        {"month": "2026-10"},
        {"group_id": "00000000-0000-0000-0000-000000000000"},
        {"kode_iuran": "12"},
    ],
)
async def test_a_bill_that_differs_is_a_case_and_nothing_moves(play: Play, changes: dict[str, Any]) -> None:
    line, bill = await requested(play)
    play.answer_bill(bill, **changes)
    await play.world.run_jobs("receive", rounds=2)
    assert await state(play, bill) == "mismatch"
    assert (await play.balances(line))["billed"] == 0
    assert len(await play.cases("bill-mismatch")) == 1
    assert [path.name for path in (play.folder / "refused").iterdir()] == [f"bill_{bill}.csv"]
    refused = await play.post(f"/bills/{bill}/disbursements", {"document_number": "SPP-1"}, TREASURER)
    assert refused.json()["type"] == "urn:payung:problem:bill-not-payable"
    play.answer_bill(bill, "_2")  # corrected
    await play.world.run_jobs("receive", rounds=2)
    assert await state(play, bill) == "billed"
    assert await play.cases("bill-mismatch") == []
    assert await play.broken() == {}


async def test_another_bill_for_one_that_is_billed_changes_nothing(play: Play) -> None:
    _, bill = await requested(play)
    play.answer_bill(bill)
    await play.world.run_jobs("receive", rounds=2)
    kode = (await play.get(f"/bills/{bill}"))["kode_iuran"]
    play.answer_bill(bill, "_2", kode_iuran="99999999999")
    play.answer_bill(bill, "_3", worker_count=9)
    await play.world.run_jobs("receive", rounds=2)
    shown = await play.get(f"/bills/{bill}")
    assert (shown["state"], shown["kode_iuran"]) == ("billed", kode)
    assert len(await play.cases("bill-mismatch")) == 1
    assert await play.broken() == {}


async def test_a_kode_iuran_of_another_bill_is_not_taken(play: Play) -> None:
    _, bill = await requested(play)
    play.answer_bill(bill, kode_iuran="12345678901")
    await play.world.run_jobs("receive", rounds=2)
    line = await play.line()
    workers = fresh_workers(1)
    await play.verified(workers)
    await play.decree(line, number="SK-9")
    await play.enrolled(workers)
    run = await play.run(line)
    other = await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    await play.world.run_job("send")
    play.answer_bill(other["bill_id"], kode_iuran="12345678901")
    await play.world.run_jobs("receive", rounds=2)
    assert await state(play, other["bill_id"]) == "mismatch"


async def test_silence_is_a_case_nothing_is_sent_again_and_a_late_answer_is_taken(play: Play) -> None:
    _, bill = await requested(play)
    sent = play.folder / "out" / f"bill-request_{bill}.csv"
    sent.rename(sent.with_suffix(".kept"))
    play.later(3599)
    await play.world.run_job("notice-silence")
    assert await state(play, bill) == "requested"
    play.later(2)
    await play.world.run_jobs("notice-silence", "send", rounds=3)
    assert await state(play, bill) == "unknown"
    assert len(await play.cases("bill-silent")) == 1
    assert not sent.exists(), "nothing is sent again"
    sent.with_suffix(".kept").rename(sent)
    play.answer_bill(bill)
    await play.world.run_jobs("receive", rounds=2)
    assert await state(play, bill) == "billed"
    assert await play.cases("bill-silent") == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("surprise.csv", "name-unknown"),
        ("bill_00000000-0000-0000-0000-000000000000.csv", "unreadable"),
        ("confirmation_00000000-0000-0000-0000-000000000000_2.csv", "reference-unknown"),
    ],
)
async def test_what_cannot_be_taken_is_refused_in_sight(play: Play, name: str, reason: str) -> None:
    (play.folder / "in").mkdir(parents=True)
    (play.folder / "in" / name).write_text("nonsense\n")
    await play.world.run_jobs("receive", rounds=2)
    (case,) = await play.cases("file-refused")
    assert case["details"]["reason"] == reason
    assert (case["title_en"], case["advice_en"][:18]) == ("File from BPJS refused", "A file from BPJS c")
    assert [path.name for path in (play.folder / "refused").iterdir()] == [name]
    closed = await play.done(f"/cases/{case['case_id']}/closing", {"note": "BPJS was called"}, OWNER)
    assert closed["closed_at"] is not None
    assert await play.broken() == {}


async def test_a_bill_nobody_asked_for_is_refused(play: Play) -> None:
    _, bill = await requested(play)
    source = play.folder / "in" / f"bill_{bill}.csv"
    play.answer_bill(bill)
    unknown = source.with_name("bill_00000000-0000-0000-0000-000000000000.csv")
    source.rename(unknown)
    await play.world.run_jobs("receive", rounds=2)
    assert [case["details"]["reason"] for case in await play.cases("file-refused")] == ["reference-unknown"]


async def test_the_same_name_with_other_content_is_refused(play: Play) -> None:
    _, bill = await requested(play)
    play.answer_bill(bill, worker_count=9)
    await play.world.run_jobs("receive", rounds=2)
    play.answer_bill(bill)
    await play.world.run_jobs("receive", rounds=2)
    assert await state(play, bill) == "mismatch"
    assert [case["details"]["reason"] for case in await play.cases("file-refused")] == ["name-used-for-other-content"]
