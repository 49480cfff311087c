"""Only the command line speaks to a terminal; everything else logs or returns."""

from __future__ import annotations

from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.tree import PRODUCT, Tree


def _is_command_line(path: str) -> bool:
    return path.endswith("/cli.py") or "/cli/" in path


def _find(tree: Tree) -> Iterator[Problem]:
    for file in tree.sources(*PRODUCT):
        if _is_command_line(file.path):
            continue
        for line, name in file.names.uses():
            if name == "print":
                yield Problem(
                    file.path, line, "Log it, return it, or move this into the command line (cli.py or cli/)."
                )


RULE = Rule("print-outside-cli", "no print but in the command line", _find)
