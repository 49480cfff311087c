"""A change runs the tests beside it and those that import it, nearest first, and never half of the suite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.suite import watch
from tests.suite.affected import MOST_FILES, affected, importers, mirrors, module_of

ARROWS = {
    "services.subsidy.rules.budget": ["services.subsidy.handlers.funding", "tests.subsidy.test_rules"],
    "services.subsidy.handlers.funding": ["services.subsidy.app", "tests.subsidy.test_runs"],
    "services.subsidy.app": ["tests.gate.test_gate"],
}
TESTS = [
    "tests/gate/test_gate.py",
    "tests/shared/values/test_money.py",
    "tests/subsidy/test_budget_lines.py",
    "tests/subsidy/test_rules.py",
    "tests/subsidy/test_runs.py",
]


def _importers(module: str) -> Iterable[str]:
    return ARROWS.get(module, ())


def test_what_lies_beside_comes_first_then_who_imports_it_and_nothing_far_away() -> None:
    assert affected(["services/subsidy/rules/budget.py"], TESTS, _importers) == [
        "tests/subsidy/test_budget_lines.py",
        "tests/subsidy/test_rules.py",
        "tests/subsidy/test_runs.py",
    ]


def test_a_changed_test_is_the_nearest_of_all() -> None:
    changed = ["services/subsidy/rules/budget.py", "tests/gate/test_gate.py"]
    assert affected(changed, TESTS, _importers)[0] == "tests/gate/test_gate.py"


def test_a_test_is_named_after_the_file_of_its_area() -> None:
    assert mirrors("shared/money.py", "tests/shared/values/test_money.py")
    assert mirrors("deploy/local/supervisor.py", "tests/deploy/test_supervisor.py")
    assert not mirrors("shared/money.py", "tests/subsidy/test_money.py")
    assert not mirrors("docs/money.md", "tests/shared/values/test_money.py")


def test_only_python_of_the_project_has_a_module() -> None:
    assert module_of("shared/health/__init__.py") == "shared.health"
    assert module_of("docs/operations.md") is None
    assert module_of("setup.py") is None


def test_the_project_as_it_is_leads_from_the_relay_to_its_tests() -> None:
    tests = [path for path in watch.look() if path.startswith("tests/")]
    found = affected(["shared/messaging/publish/relay.py"], tests, importers())
    assert "tests/shared/messaging/test_relay_order.py" in found[:MOST_FILES]


def test_a_watch_runs_few_files_and_says_what_it_leaves() -> None:
    said: list[str] = []
    asked: list[Sequence[str]] = []

    def run(tests: Sequence[str]) -> str:
        asked.append(tests)
        return "passed"

    watch.answer(["shared/clock.py"], said.append, run)
    assert [len(tests) for tests in asked] == [MOST_FILES]
    assert "farther ones left to make test" in said[0]
    assert said[1] == "watch: passed"
    watch.answer(["docs/glossary.md"], said.append, run)
    assert len(asked) == 1
    assert said[-1] == "watch: no test is near docs/glossary.md"


def test_a_file_that_is_written_made_or_removed_is_a_change() -> None:
    assert watch.differing({"a": 1.0, "b": 1.0, "c": 1.0}, {"a": 1.0, "b": 2.0, "d": 1.0}) == ["b", "c", "d"]
