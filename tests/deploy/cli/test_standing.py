"""`payung status` shows cases with the advice that the services give."""

from __future__ import annotations

from typing import Any

from deploy.cli.standing import case_rows

FOG: dict[str, Any] = {"kind": "fog", "subject": "berth 7", "advice_id": "Tunggu.", "advice_en": "Wait."}


def test_cases_of_a_kind_are_one_row_with_the_advice_of_the_service() -> None:
    rows = case_rows({"harbour": {"cases": [FOG, {**FOG, "subject": "berth 8"}]}, "market": {"error": "away"}})
    assert rows == [("harbour", "fog", 2, "berth 7", "Tunggu. (Wait.)")]


def test_a_service_that_gives_no_advice_yet_is_shown_without() -> None:
    rows = case_rows({"harbour": {"cases": [{"kind": "fog", "reference": "berth 7"}]}})
    assert rows == [("harbour", "fog", 1, "berth 7", "")]
