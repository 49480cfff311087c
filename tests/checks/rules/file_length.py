"""A file beyond 250 lines holds more than one idea; it becomes a package of the same name."""

from __future__ import annotations

from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.tree import CODE, Tree

GOAL_LINES = 250
LIMIT_LINES = 300


def _find(tree: Tree) -> Iterator[Problem]:
    for file in tree.sources(*CODE):
        lines = file.text.count("\n")
        if lines > GOAL_LINES:
            yield Problem(
                file.path,
                lines,
                f"{lines} lines (goal {GOAL_LINES}, limit {LIMIT_LINES}): "
                "make it a package of the same name with one idea per file.",
                mild=lines <= LIMIT_LINES,
            )


RULE = Rule("file-length", f"Python files up to {GOAL_LINES} lines; over {LIMIT_LINES} fails", _find)
