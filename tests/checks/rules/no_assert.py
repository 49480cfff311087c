"""What must hold is required with `shared.invariants`, since `python -O` takes assertions out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.tree import PRODUCT, Tree


def _find(tree: Tree) -> Iterator[Problem]:
    for file in tree.sources(*PRODUCT):
        for node in file.walk():
            if isinstance(node, ast.Assert):
                yield Problem(
                    file.path,
                    node.lineno,
                    "Say it with require(condition, sentence) or require_some(value, sentence) of shared.invariants.",
                )


RULE = Rule("no-assert", "product code requires its invariants and asserts nothing", _find)
