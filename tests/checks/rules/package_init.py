"""import-linter does not see a folder without __init__.py, so that everything in it would be free of the arrows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.checks.base import Problem, Rule
from tests.checks.tree import PRODUCT, Tree


def _find(tree: Tree) -> Iterator[Problem]:
    folders = {parent for file in tree.sources(*PRODUCT) for parent in PurePosixPath(file.path).parents[:-1]}
    for folder in sorted(folders):
        if f"{folder}/__init__.py" not in tree.paths:
            yield Problem(f"{folder}/__init__.py", 1, "Add this file, or import-linter does not look into the folder.")


RULE = Rule("package-init", "every folder of code is a package that import-linter sees", _find)
