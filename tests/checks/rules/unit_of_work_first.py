"""A transaction is the first argument and has one name, so that a call reads alike in every service."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.tree import SourceFile, Tree

PARTS = ("handlers", "store", "jobs", "adapters")
NAMES = {"shared.messaging.outbox.UnitOfWork": "uow", "shared.database.Transaction": "tx"}
NAMES |= {"shared.messaging.UnitOfWork": "uow", "shared.database.database.Transaction": "tx"}


def _wanted_name(file: SourceFile, argument: ast.arg) -> str | None:
    """What an argument has to be called for its type; None if it is no transaction."""
    annotation = argument.annotation
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval").body
    return NAMES.get(file.names.dotted(annotation) or "") if annotation is not None else None


def _find(tree: Tree) -> Iterator[Problem]:
    for service in tree.services:
        for file in service.part(*PARTS):
            for node in file.walk():
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from _problems(file, node)


def _problems(file: SourceFile, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Problem]:
    placed = [*node.args.posonlyargs, *node.args.args]
    if placed and placed[0].arg in {"self", "cls"}:
        placed = placed[1:]
    for index, argument in enumerate([*placed, *node.args.kwonlyargs]):
        name = _wanted_name(file, argument)
        if name is None:
            continue
        if index or not placed:
            yield Problem(file.path, argument.lineno, f"Make {argument.arg} the first argument of {node.name}.")
        if argument.arg != name:
            yield Problem(file.path, argument.lineno, f"Call the argument {argument.arg} of {node.name} {name}.")


RULE = Rule(
    "unit-of-work-first", "a unit of work is the first argument uow, a transaction the first argument tx", _find
)
