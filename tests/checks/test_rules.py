"""Every rule finds what is planted for it, at the right line, and leaves look-alikes alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.base import Exemption
from tests.checks.plants import PLANTS
from tests.checks.plants.base import Plant
from tests.checks.registry import RULES
from tests.checks.run import find_all
from tests.checks.tree import Tree

BY_NAME = {rule.name: rule for rule in RULES}
PRINTS = {"shared/messaging/publish/relay.py": "\nprint('x')\n"}


def plant(root: Path, files: dict[str, str]) -> Tree:
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return Tree(root)


@pytest.mark.parametrize("planted", PLANTS, ids=lambda planted: planted.label)
def test_a_rule_finds_what_is_planted_and_nothing_else(planted: Plant, tmp_path: Path) -> None:
    problems = list(BY_NAME[planted.rule].find(plant(tmp_path, dict(planted.files))))
    assert sorted(f"{problem.path}:{problem.line}" for problem in problems) == sorted(planted.at)
    assert all(problem.sentence.endswith(".") or problem.sentence.endswith("n).") for problem in problems)


def test_every_rule_has_a_planted_violation_and_a_name_of_its_own() -> None:
    biting = {planted.rule for planted in PLANTS if planted.at}
    assert biting == set(BY_NAME)
    assert len(BY_NAME) == len(RULES)


def test_a_file_over_the_goal_is_a_warning_and_over_the_limit_a_failure(tmp_path: Path) -> None:
    tree = plant(tmp_path, {"shared/a.py": "x = 1\n" * 251, "shared/b.py": "x = 1\n" * 301})
    found = find_all(tree, [BY_NAME["file-length"]], [])
    assert [(finding.problem.path, finding.problem.mild) for finding in found] == [
        ("shared/a.py", True),
        ("shared/b.py", False),
    ]


def test_an_exemption_covers_its_place_only(tmp_path: Path) -> None:
    tree = plant(tmp_path, {**PRINTS, "shared/other.py": "print('x')\n"})
    exemption = Exemption("print-outside-cli", "shared/messaging/publish/relay.py", "planted")
    found = find_all(tree, [BY_NAME["print-outside-cli"]], [exemption])
    assert [finding.problem.path for finding in found] == ["shared/other.py"]


def test_an_exemption_that_nothing_needs_is_reported(tmp_path: Path) -> None:
    tree = plant(tmp_path, PRINTS)
    exemption = Exemption("print-outside-cli", "shared/gone.py", "planted")
    found = find_all(tree, [BY_NAME["print-outside-cli"]], [exemption])
    assert {finding.rule for finding in found} == {"print-outside-cli", "unused-exemption"}


def test_the_checkout_folder_itself_is_a_forbidden_place(tmp_path: Path) -> None:
    tree = plant(tmp_path, {"docs/a.md": f"started in {tmp_path.resolve()}\n"})
    assert [problem.line for problem in BY_NAME["machine-paths"].find(tree)] == [1]


def test_files_are_found_where_git_gives_no_answer(tmp_path: Path) -> None:
    tree = plant(
        tmp_path,
        {".git/HEAD": "no repository", "shared/a.py": "", ".venv/lib/b.py": "", "shared/__pycache__/a.pyc": ""},
    )
    assert tree.paths == ["shared/a.py"]
