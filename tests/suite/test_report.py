"""The suite's budget: every folder has one, all together stay below the aim, and too long a run fails."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.suite.affected import ROOT
from tests.suite.recording import Cost, Record, folder_of
from tests.suite.report import Budget, Whole, add_up, fault, is_above, read_budget, tell
from tests.suite.spreading import first_ones, long_ones_first, piece_of

TESTS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py"))
BUDGET = Budget(900, 720, 60, {"a": 20.0, "b": 100.0})


def test_every_folder_with_tests_has_a_budget_and_no_other() -> None:
    asked = read_budget().folders
    assert set(asked) == {folder_of(path) for path in TESTS} | {"."}, "give a new folder its seconds in budget.toml"


def test_all_budgets_and_the_checks_stay_below_the_aim() -> None:
    budget = read_budget()
    assert sum(budget.folders.values()) + budget.check_s <= budget.aim_s, "who wants more must say who gives it"
    assert (budget.aim_s, budget.limit_s) == (720, 900)


def test_what_begins_first_is_there() -> None:
    assert [one for one in first_ones() if not (ROOT / "tests" / one).exists()] == []


def test_long_files_begin_first_and_a_platform_is_one_piece() -> None:
    there = ["tests/a/test_1.py::x", "tests/b/test_2.py::y", "tests/b/test_3.py::z", "tests/c/test_4.py::w"]
    assert long_ones_first(there, ["c/", "b/test_3.py"]) == [3, 2, 0, 1]
    assert piece_of("tests/pipeline/test_main_job.py::x") == piece_of("tests/pipeline/test_canary.py::y")
    assert piece_of("tests/a/test_1.py::x[b::c]") == "tests/a/test_1.py"


def _record(process: str, began: float, **changes: object) -> Record:
    tests = [Cost("a", f"tests/a/test_1.py::{process}", 30.0, 10.0)]
    made = Record("together", process, True, began, began, began + 50, began + 120, 40.0, tests)
    return replace(made, **changes)  # type: ignore[arg-type]


def _run(others_s: float = 0.0, **changes: object) -> Whole:
    """Two processes beside each other for 52 s, then one for 10 s."""
    shared = [Cost("b", "fixture platform", 12.0, 6.0)]
    last = _record("main", 60.0, part="alone", ended_at=70.0, machine_ended_s=80.0, own_cpu_s=20.0)
    first = _record("gw0", 0.0, machine_ended_s=80.0 + others_s)
    return add_up([first, _record("gw1", 2.0, shared=shared, machine_ended_s=80.0), replace(last, **changes)], cores=2)  # type: ignore[arg-type]


def test_a_folder_has_its_share_of_the_clock() -> None:
    whole = _run()
    assert (whole.clock_s, whole.cpu_s) == (62.0, 100.0)
    a, b = whole.folders
    assert (a.name, a.tests, a.clock_s, a.wall_s, a.cpu_s) == ("a", 3, 60.0, 90.0, 30.0)
    assert (b.name, b.tests, b.clock_s) == ("b", 0, 6.0)
    assert whole.others == 0.0


def test_a_folder_far_above_its_budget_is_named_and_no_more() -> None:
    whole = _run()
    assert [one.name for one in whole.folders if is_above(one, BUDGET)] == ["a"]
    marked = [line for line in tell(whole, BUDGET) if "above its budget" in line]
    assert len(marked) == 1
    assert fault(whole, BUDGET) is None


def test_too_long_a_run_fails_where_the_machine_was_ours() -> None:
    short = Budget(60, 50, 0, {})
    found = fault(_run(), short)
    assert found is not None
    assert "62 s" in found
    assert _run(others_s=30.0).others == pytest.approx(30 / 124)
    assert fault(_run(others_s=30.0), short) is None, "others had the processors: the clock is no measure"


def test_whoever_has_a_long_form_is_proved() -> None:
    named = re.search(r"^LONG_FORMS = ((?:.*\\\n)*.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert named is not None
    folders = named[1].replace("\\\n", " ").split()
    asking = [path for path in TESTS if '"PAYUNG_FAULTS"' in Path(ROOT / path).read_text(encoding="utf-8")]
    assert len(asking) > 8
    here = "tests/suite/test_report.py"
    others = ("tests/shared/service/test_settings_as_shown.py", here)  # they only name it
    left = [path for path in asking if path not in others and not path.startswith(tuple(f"{one}/" for one in folders))]
    assert left == [], "make prove must run these, too"
