"""Decrees: frozen by one person, approved by hash by another, granted in chunks, nobody twice."""

from __future__ import annotations

from typing import Any

from services.subsidy.handlers import decrees
from shared.access.roles import Role
from shared.contracts.events.subsidy_granted import SubsidyGranted
from tests.subsidy.play import APPROVER, OWNER, Play, enrolled, fresh_workers
from tests.subsidy.test_workers import history

MONTHS = {"first_month": "2026-10", "last_month": "2026-12"}


def body(line: str, number: str = "SK-1", **changes: Any) -> dict[str, Any]:
    return {"number": number, "funding_line_id": line, "region_codes": ["64"], **MONTHS} | changes


async def grant_all(play: Play, chunk: int) -> int:
    """Grant in chunks until nothing is left; gives how many transactions it took."""
    runs = 0
    while True:
        async with play.world.outbox.unit_of_work() as uow:
            if not await decrees.grant_next(uow, chunk):
                return runs
        runs += 1


async def test_the_list_is_frozen_and_granted_in_chunks(play: Play) -> None:
    workers = fresh_workers(7)
    await play.verified(workers)
    line = await play.line()
    made = await play.done("/decrees", body(line), OWNER)
    assert (made["workers"], made["eligible"], made["state"]) == (7, 7, "draft")
    await play.verified(fresh_workers(2))  # too late for this decree
    path = f"/decrees/{made['decree_id']}"
    await play.done(f"{path}/approval", {"content_sha256": made["content_sha256"]}, APPROVER)
    assert await grant_all(play, 3) == 3
    granted = await play.world.emitted(SubsidyGranted)
    assert [event.worker_id for event in granted] == workers
    assert {str(event.group_id) for event in granted} == {made["group_id"]}
    shown = await play.get(path)
    assert (shown["state"], shown["granted"]) == ("granted", 7)
    assert await grant_all(play, 3) == 0
    assert [item["decree_id"] for item in (await play.get("/decrees?number=SK-1"))["items"]] == [made["decree_id"]]
    assert await play.broken() == {}
    facts = await play.world.facts("subsidy.granted", "source", play.reports)
    assert facts[str(granted[0].grant_id)] == f"{workers[0]}|{made['group_id']}|2026-10|2026-12"


async def test_exactly_the_content_that_was_seen_is_approved_by_somebody_else(play: Play) -> None:
    await play.verified(fresh_workers(2))
    made = await play.done("/decrees", body(await play.line()), OWNER)
    path, good = f"/decrees/{made['decree_id']}/approval", {"content_sha256": made["content_sha256"]}
    assert (await play.post(path, good, ("owner", Role.APPROVER))).json()["type"].endswith("same-person")
    other = await play.post(path, {"content_sha256": "0" * 64}, APPROVER)
    assert (other.status_code, other.json()["type"]) == (409, "urn:payung:problem:other-content")
    await play.world.break_by_hand("UPDATE decree_worker SET region_code = '6403'")
    touched = await play.post(path, good, APPROVER)
    assert touched.json()["type"] == "urn:payung:problem:other-content", "a list that was touched is not approved"
    await play.world.break_by_hand("UPDATE decree_worker SET region_code = '6402'")
    await play.done(path, good, APPROVER)
    assert (await play.post(path, good, APPROVER)).status_code == 409


async def test_who_is_chosen(play: Play) -> None:
    here, there, rejected, left, gone = (fresh_workers(1)[0] for _ in range(5))
    await play.verified([here], region="6402")
    await play.verified([there], region="6471")
    await play.world.feed(*history(rejected)[:6], *history(left), enrolled(gone))
    line = await play.line()
    made = await play.done("/decrees", body(line, region_codes=["6402"]), OWNER)
    rows = await play.world.rows("SELECT worker_id FROM decree_worker WHERE decree_id = $1", made["decree_id"])
    assert [row["worker_id"] for row in rows] == [here]
    everywhere = await play.done("/decrees", body(line, "SK-9", include_already_granted=True), OWNER)
    rows = await play.world.rows("SELECT worker_id FROM decree_worker WHERE decree_id = $1", everywhere["decree_id"])
    assert sorted(row["worker_id"] for row in rows) == [here, there]
    assert (await play.post("/decrees", body(line, "SK-2", region_codes=["6301"]), OWNER)).status_code == 422
    assert (await play.post("/decrees", body(line, "SK-3", first_month="2025-12"), OWNER)).status_code == 422
    assert (
        (await play.post("/decrees", body(line, "SK-4", first_month="2026-12", last_month="2026-11"), OWNER))
        .json()["type"]
        .endswith("period-backwards")
    )


async def test_a_further_decree_takes_those_whom_no_decree_promises_yet(play: Play) -> None:
    first, second = fresh_workers(3), fresh_workers(2)
    await play.verified(first)
    line = await play.line()
    await play.decree(line, number="SK-1", max_workers=2)
    await play.verified(second)
    made = await play.decree(line, number="SK-2")
    granted = [event.worker_id for event in await play.world.emitted(SubsidyGranted)]
    assert granted == [*first[:2], first[2], *second]
    assert made["workers"] == 3
    nobody = await play.post("/decrees", body(line, "SK-3"), OWNER)
    assert nobody.json()["type"] == "urn:payung:problem:nobody-to-grant"
    all_again = await play.done("/decrees", body(line, "SK-4", include_already_granted=True), OWNER)
    assert all_again["workers"] == 5
    taken = await play.post("/decrees", body(line, "SK-4", include_already_granted=True), OWNER)
    assert taken.json()["type"] == "urn:payung:problem:decree-number-taken"


async def test_limits_hold(play: Play) -> None:
    await play.verified(fresh_workers(6))
    line = await play.line(worker_quota=4)
    assert (await play.decree(line, number="SK-1", max_workers=3))["workers"] == 3
    second = await play.decree(line, number="SK-2")
    assert (second["workers"], second["eligible"]) == (1, 3)
    assert (await play.post("/decrees", body(line, "SK-3"), OWNER)).status_code == 409


async def test_a_line_that_is_not_open_pays_no_decree(play: Play) -> None:
    await play.verified(fresh_workers(1))
    draft = await play.done("/funding-lines", play.line_body(), OWNER)
    refused = await play.post("/decrees", body(draft["funding_line_id"]), OWNER)
    assert refused.json()["type"] == "urn:payung:problem:line-not-open"
