"""The docstring of shared/messaging is the map of the kit: a module that it leaves out is found by nobody."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.checks.base import Problem, Rule
from tests.checks.tree import Tree

KIT = "shared/messaging"


def _find(tree: Tree) -> Iterator[Problem]:
    files = tree.sources(KIT)
    package = next((file for file in files if file.path == f"{KIT}/__init__.py"), None)
    if package is None:
        return
    named = set(re.findall(r"`([a-z0-9_]+)/?`", ast.get_docstring(ast.parse(package.text)) or ""))
    modules = {PurePosixPath(file.path).stem for file in files} - {"__init__"}
    for module in sorted(modules - named):
        yield Problem(package.path, 1, f"The map leaves out {module}; say in this docstring what it is for.")
    rooms = {PurePosixPath(file.path).parent.name for file in files}
    for name in sorted(named - modules - rooms):
        yield Problem(package.path, 1, f"The map names {name}, which is not there; take it out.")


RULE = Rule("messaging-map", "the docstring of shared/messaging names every module, and no other", _find)
