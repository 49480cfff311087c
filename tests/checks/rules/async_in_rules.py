"""A rule decides from its arguments and waits for nothing: what has to be awaited is input, and handlers fetch that."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.rules.decisions import decision_files
from tests.checks.tree import Tree


def _find(tree: Tree) -> Iterator[Problem]:
    for file in decision_files(tree, "rules"):
        for node in file.walk():
            if isinstance(node, ast.AsyncFunctionDef):
                yield Problem(
                    file.path,
                    node.lineno,
                    f"{node.name} awaits something; fetch it in handlers.py and hand it in as an argument.",
                )


RULE = Rule("async-in-rules", "rules are plain functions of their arguments", _find)
