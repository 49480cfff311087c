"""The HTTP face: who may do what, in which area, once per key, page by page."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from services.subsidy.app import SERVICE
from services.subsidy.http.problems import PROBLEMS
from shared.access.roles import Role
from tests.service_world import person
from tests.subsidy.play import APPROVER, AUDITOR, OWNER, TREASURER, Play, fresh_workers

NOWHERE = "00000000-0000-0000-0000-000000000000"
COMMANDS: list[tuple[str, dict[str, Any], Role]] = [
    (f"/funding-lines/{NOWHERE}/approval", {}, Role.APPROVER),
    (f"/funding-lines/{NOWHERE}/amendments", {"amounts_rupiah": {"JKK": 1}, "legal_basis": "x"}, Role.PROGRAMME_OWNER),
    (f"/funding-lines/{NOWHERE}/amendments/{NOWHERE}/approval", {}, Role.APPROVER),
    (f"/decrees/{NOWHERE}/approval", {"content_sha256": "0" * 64}, Role.APPROVER),
    ("/month-runs", {"funding_line_id": NOWHERE, "month": "2026-11"}, Role.PROGRAMME_OWNER),
    (f"/month-runs/{NOWHERE}/retries", {}, Role.PROGRAMME_OWNER),
    (f"/month-runs/{NOWHERE}/bills", {}, Role.TREASURER),
    (f"/bills/{NOWHERE}/disbursements", {"document_number": "1"}, Role.TREASURER),
    (f"/disbursements/{NOWHERE}/approval", {"document_number": "1"}, Role.APPROVER),
    (f"/disbursements/{NOWHERE}/sp2d", {"document_number": "1", "instructed_on": "2026-11-10"}, Role.TREASURER),
    (f"/cases/{NOWHERE}/closing", {"note": "x"}, Role.TREASURER),
]


@pytest.mark.parametrize(("path", "body", "role"), COMMANDS)
async def test_a_command_needs_its_role_and_something_to_be_about(
    play: Play, path: str, body: dict[str, Any], role: Role
) -> None:
    for other in Role:
        if other not in {role, Role.PROGRAMME_OWNER, Role.TREASURER}:
            assert (await play.post(path, body, ("somebody", other))).status_code == 403
    assert (await play.post(path, body, ("somebody", role))).status_code == 404


@pytest.mark.parametrize("path", ["/funding-lines", "/decrees", "/month-runs", "/bills", "/disbursements"])
async def test_what_does_not_exist_is_not_found(play: Play, path: str) -> None:
    answer = await play.api.get(f"/v1{path}/{NOWHERE}", headers=person(*AUDITOR))
    assert answer.status_code == 404
    assert (await play.get(path))["items"] == []
    for role in (Role.EMPLOYER, Role.AGENCY, Role.ENUMERATOR):
        assert (await play.api.get(f"/v1{path}", headers=person("x", role))).status_code == 403


async def test_a_command_takes_effect_once_per_key(play: Play) -> None:
    key, body = str(uuid4()), play.line_body()
    first = await play.api.post("/v1/funding-lines", json=body, headers=person(*OWNER, key=key))
    again = await play.api.post("/v1/funding-lines", json=body, headers=person(*OWNER, key=key))
    assert (first.status_code, first.json()) == (201, again.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await play.world.value("SELECT count(*) FROM funding_line") == 1
    assert await play.world.value("SELECT count(*) FROM audit_entry") == 1


async def test_lists_come_in_pages_that_end(play: Play) -> None:
    made = [(await play.done("/funding-lines", play.line_body(), OWNER))["funding_line_id"] for _ in range(5)]
    seen: list[str] = []
    path: str | None = "/v1/funding-lines?limit=2"
    while path:
        page = (await play.api.get(path, headers=person(*AUDITOR))).json()
        seen += [item["funding_line_id"] for item in page["items"]]
        path = page["next"]
    assert seen == made


async def test_cases_come_in_pages_newest_first(play: Play) -> None:
    (play.folder / "in").mkdir(parents=True)
    for number in range(3):
        (play.folder / "in" / f"x{number}.csv").write_text("?")
        await play.world.run_job("receive")
        play.later(1)
    first = await play.get("/cases?limit=2&state=open")
    second = (await play.api.get(first["next"], headers=person(*AUDITOR))).json()
    subjects = [item["subject"].split("|")[0] for item in first["items"] + second["items"]]
    assert subjects == ["x2.csv", "x1.csv", "x0.csv"]
    case = f"/cases/{first['items'][0]['case_id']}/closing"
    await play.done(case, {"note": "seen"}, TREASURER)
    assert (await play.post(case, {"note": "seen"}, TREASURER)).json()["type"] == "urn:payung:problem:case-closed"
    assert len((await play.get("/cases?state=closed"))["items"]) == 1


async def test_the_summary_counts_the_area_of_who_asks(play: Play) -> None:
    await play.funded(3)
    await play.verified(fresh_workers(2), region="6471")
    whole, part = await play.get("/summary"), await play.get("/summary", areas=("6471",))
    assert (whole["verified"], whole["granted"], whole["enrolled"]) == (5, 3, 3)
    assert whole["contributions"] == {
        "due": 3,
        "paid": 0,
        "unfunded": 0,
        "outstanding": 3,
        "due_rupiah": 50_400,
        "paid_rupiah": 0,
        "unfunded_by_reason": {},
    }
    assert (part["verified"], part["granted"], part["contributions"]["due"]) == (2, 0, 0)


async def test_every_human_command_is_recorded_without_personal_data(play: Play) -> None:
    _, disbursement, _ = await play.instructed(1)
    rows = await play.world.rows("SELECT actor, action FROM audit_entry ORDER BY position")
    assert [(row["actor"], row["action"]) for row in rows] == [
        ("owner", "draft-line"),
        ("approver", "approve-line"),
        ("owner", "draft-decree"),
        ("approver", "approve-decree"),
        ("owner", "open-run"),
        ("treasurer", "cut-bill"),
        ("treasurer", "submit-spp"),
        ("approver", "approve-spm"),
        ("treasurer", "record-sp2d"),
    ]
    assert disbursement
    assert APPROVER[0] == "approver"


def test_every_refusal_speaks_both_languages_and_says_what_to_do() -> None:
    assert tuple(SERVICE.problem_types) == PROBLEMS
    for problem in PROBLEMS:
        assert problem.detail != problem.detail_en
        assert len(problem.detail) > 30, problem.code
