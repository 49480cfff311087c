"""A function that does not fit on a screen is not read; its docstring does not count."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.syntax import docstring_lines
from tests.checks.tree import CODE, Tree

LIMIT_LINES = 60


def _find(tree: Tree) -> Iterator[Problem]:
    for file in tree.sources(*CODE):
        for node in file.walk():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines(node)
                if lines > LIMIT_LINES:
                    yield Problem(
                        file.path,
                        node.lineno,
                        f"{node.name} has {lines} lines; split it into steps of up to {LIMIT_LINES}.",
                    )


RULE = Rule("function-length", f"functions up to {LIMIT_LINES} lines", _find)
