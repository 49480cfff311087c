"""Budgets: opened by two people, amended by two people, never below what is used, and warned of in time."""

from __future__ import annotations

import pytest

from shared.access.roles import Role
from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.contribution_unfunded import ContributionUnfunded
from shared.contracts.events.funding_changed import FundingChanged
from shared.contracts.events.funding_opened import FundingOpened
from shared.contracts.events.funding_running_out import FundingRunningOut
from tests.subsidy.play import APPROVER, BAND_1_RUPIAH, OWNER, Play


async def test_a_line_opens_when_another_person_approves_it(play: Play) -> None:
    made = await play.done("/funding-lines", play.line_body(reference="DPA-9"), OWNER)
    path = f"/funding-lines/{made['funding_line_id']}/approval"
    assert made["state"] == "draft"
    refused = await play.post(path, {}, ("owner", Role.APPROVER))
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:payung:problem:same-person")
    assert (await play.post(path, {}, OWNER)).status_code == 403
    await play.done(path, {}, APPROVER)
    again = await play.post(path, {}, APPROVER)
    assert (again.status_code, again.json()["type"]) == (409, "urn:payung:problem:not-waiting-for-approval")
    (opened,) = await play.world.emitted(FundingOpened)
    assert (opened.aggregate_version, opened.amount_rupiah) == (1, 16_800_000_000)
    found = await play.get("/funding-lines?reference=DPA-9")
    assert [(line["funding_line_id"], line["state"]) for line in found["items"]] == [(made["funding_line_id"], "open")]
    assert (await play.balances(made["funding_line_id"]))["available"] == 16_800_000_000
    assert await play.broken() == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"amounts_rupiah": {"JHT": 5}},
        {"amounts_rupiah": {"JKK": -5}},
        {"amounts_rupiah": {"JKK": 0, "JKM": 0}},
        {"amounts_rupiah": {"JKK": 1.5}},
        {"last_month": "2025-12"},
        {"first_month": "2025-12"},
        {"region_code": "640201"},
        {"region_code": "%"},
        {"funding_source": "source-that-no-contract-declares"},
        {"surprise": 1},
    ],
)
async def test_a_line_that_makes_no_sense_is_refused(play: Play, changes: dict[str, object]) -> None:
    assert (await play.post("/funding-lines", play.line_body(**changes), OWNER)).status_code == 422


async def test_a_reference_is_used_once(play: Play) -> None:
    await play.done("/funding-lines", play.line_body(reference="same"), OWNER)
    again = await play.post("/funding-lines", play.line_body(reference="same"), OWNER)
    assert (again.status_code, again.json()["type"]) == (409, "urn:payung:problem:reference-taken")


async def test_areas_bound_what_is_seen_and_done(play: Play) -> None:
    elsewhere = await play.post("/funding-lines", play.line_body(), OWNER, areas=("6471",))
    assert elsewhere.json()["type"] == "urn:payung:problem:area-not-allowed"
    line = await play.line()
    assert (await play.get("/funding-lines", areas=("6402",)))["items"] == []
    hidden = await play.post("/month-runs", {"funding_line_id": line, "month": "2026-11"}, OWNER, areas=("6402",))
    assert hidden.status_code == 404


async def amend(play: Play, line: str, jkk: int, jkm: int) -> int:
    """Amend a line to the given budget; gives the answer's status."""
    body = {"amounts_rupiah": {"JKK": jkk, "JKM": jkm}, "legal_basis": "DPPA 2026"}
    made = await play.done(f"/funding-lines/{line}/amendments", body, OWNER)
    path = f"/funding-lines/{line}/amendments/{made['amendment_id']}/approval"
    assert (await play.post(path, {}, ("owner", Role.APPROVER))).status_code == 403
    return (await play.post(path, {}, APPROVER)).status_code


async def test_a_grown_budget_pays_whom_it_could_not_pay_before(play: Play) -> None:
    line, run, workers = await play.funded(5, amounts_rupiah={"JKK": 1_000_000, "JKM": 2 * 6_800})
    shown = await play.get(f"/month-runs/{run}")
    assert (shown["due"], shown["unfunded_by_reason"]) == (2, {"budget-exhausted": 3})
    assert len(await play.cases("budget-exhausted")) == 1
    assert await amend(play, line, 1_000_000, 4 * 6_800) == 200
    await play.world.run_job("assess")
    shown = await play.get(f"/month-runs/{run}")
    assert (shown["due"], shown["unfunded_by_reason"]) == (4, {"budget-exhausted": 1})
    assert await amend(play, line, 1_000_000, 40 * 6_800) == 200
    await play.world.run_job("assess")
    shown = await play.get(f"/month-runs/{run}")
    assert (shown["due"], shown["unfunded"], shown["waiting"]) == (5, 0, 0)
    assert await play.cases("budget-exhausted") == []
    assert [event.worker_id for event in await play.world.emitted(ContributionDue)] == workers
    assert len(await play.world.emitted(ContributionUnfunded)) == 3, "nobody is told the same twice"
    changes = await play.world.emitted(FundingChanged)
    assert [event.previous_amount_rupiah for event in changes] == [1_013_600, 1_027_200]
    assert await play.broken() == {}


async def test_a_budget_is_not_cut_below_its_use(play: Play) -> None:
    line, _, _ = await play.funded(3)
    assert await amend(play, line, 3 * 10_000 - 1, 3 * 6_800) == 409
    assert await amend(play, line, 3 * 10_000, 3 * 6_800) == 200
    balances = await play.balances(line)
    assert (balances["available"], balances["reserved"]) == (0, 3 * BAND_1_RUPIAH)
    assert await play.broken() == {}


async def test_a_line_that_will_not_last_is_warned_of_once_per_forecast(play: Play) -> None:
    line, run, _ = await play.funded(2, amounts_rupiah={"JKK": 30_000, "JKM": 1_000_000})
    (warning,) = await play.world.emitted(FundingRunningOut)
    assert (warning.last_funded_month, warning.worker_count) == (None, 2)
    assert (warning.reserved_rupiah, warning.monthly_need_rupiah) == (2 * BAND_1_RUPIAH, 2 * BAND_1_RUPIAH)
    await play.done(f"/month-runs/{run}/retries", {}, OWNER)
    await play.world.run_job("assess")
    assert len(await play.world.emitted(FundingRunningOut)) == 1
    assert (await play.get(f"/funding-lines/{line}"))["balances_rupiah"]["available"]["JKK"] == 10_000
