"""A file that says why it exists can be judged and deleted; one that does not is kept for ever."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.tree import PRODUCT, Tree


def _find(tree: Tree) -> Iterator[Problem]:
    for file in tree.sources(*PRODUCT, "tools"):
        if file.text.strip() and ast.get_docstring(file.module) is None and "/migrations/versions/" not in file.path:
            yield Problem(file.path, 1, "Say at the top, in two or three sentences, why this file exists.")


RULE = Rule("module-docstring", "every module says why it exists", _find)
