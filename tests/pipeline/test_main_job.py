"""`payung up` does the whole job once, says what it did, and does nothing the second time."""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import pytest

from tests.pipeline.conftest import EMPLOYERS, WORKERS, Platform

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

AGAIN = ("up", "--workers", str(WORKERS), "--employers", str(EMPLOYERS), "--seed", "7")
PRICE_RUPIAH = 16_800


def test_the_month_is_done_and_every_promise_holds(platform: Platform) -> None:
    first = platform.first
    assert set(first) >= {"workers", "contributions", "employers", "messages", "verify", "elapsed_s"}
    assert first["verify"]["ok"], first["verify"]["broken"]
    assert first["verify"]["checks"] >= 20
    workers, owed, messages = first["workers"], first["contributions"], first["messages"]["by_purpose"]
    assert workers["rows"] == workers["refused"] + workers["registered"]
    assert workers["registered"] == workers["rejected"] + workers["verified"]
    assert workers["enrolled"] == workers["granted"] == workers["verified"] > WORKERS * 0.8
    assert owed["due"] + owed["unfunded"] == workers["enrolled"]
    assert owed["paid"] == owed["due"] == owed["covered_months"] == messages["paid"]
    assert owed["due_rupiah"] == owed["paid_rupiah"] == owed["due"] * PRICE_RUPIAH
    assert owed["unfunded"] == owed["unfunded_by_reason"]["budget-exhausted"] > 0
    assert messages["covered"] == workers["enrolled"]
    assert messages["employer-late"] == first["employers"]["late"] > 0
    assert first["employers"]["employers"] == EMPLOYERS
    assert first["employers"]["fines_rupiah"] > 0


def test_what_was_planted_in_the_list_is_what_was_found(platform: Platform) -> None:
    folder = next((platform.home / "sample").iterdir())
    manifest = json.loads((folder / "manifest.json").read_text())
    _compare(manifest, platform.first["workers"])


def _compare(manifest: dict[str, Any], workers: dict[str, Any]) -> None:
    expected = manifest["expected"]
    assert workers["refused"] == expected["refused"], (manifest, workers)
    assert workers["rejected"] == expected["rejected"], (manifest, workers)


def test_again_it_changes_nothing(platform: Platform) -> None:
    before, again = (json.loads(platform.payung(*AGAIN, "--json").stdout) for _ in range(2))
    assert again["new"] == {"contributions": 0, "messages": 0}
    assert again["verify"]["ok"]
    for part in ("workers", "contributions", "employers", "messages"):
        assert again[part] == before[part], "other tests may have added people before, nobody does now"


def test_people_see_one_clear_table(platform: Platform) -> None:
    shown = platform.payung(*AGAIN).stdout
    for words in ("Baris masuk", "dibayar", "tanpa dana", "menunggak", "Verifikasi", "/docs", "tidak ada yang berubah"):
        assert words in shown, shown


def test_verify_and_status_say_that_all_is_well(platform: Platform) -> None:
    assert "FAILED" not in platform.payung("verify").stdout
    status = json.loads(platform.payung("status", "--json").stdout)
    assert {one["name"] for one in status["processes"]} >= {"enrolment", "subsidy", "compliance", "notification"}


async def test_a_commit_that_was_answered_is_on_the_disk(platform: Platform) -> None:
    """Asked here and not of the suite's own server, which need not outlive the machine."""
    for url in platform.database_urls.values():
        connection = await asyncpg.connect(url)
        try:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                assert await connection.fetchval(f"SHOW {setting}") == "on", setting
        finally:
            await connection.close()


def test_status_says_what_to_do_about_each_case(platform: Platform) -> None:
    status = json.loads(platform.payung("status", "--json").stdout)["programme"]
    cases = [case for answer in status.values() for case in answer.get("cases", ())]
    assert "budget-exhausted" in {case["kind"] for case in cases}
    assert all(case["advice_id"] and case["advice_en"] for case in cases)
    assert "Anggaran jalur dana habis" in platform.payung("status").stdout
