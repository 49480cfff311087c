"""Values of a row are taken by the column's name: a column put into the middle of a SELECT must not shift the others.

What is followed is precise and short-sighted: results of ``.fetch(...)`` within one function, their elements in loops,
comprehensions and assignments.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.tree import SourceFile, Tree

_SENTENCE = 'Take values of a row by name: row["column"], or record(Table, row) of shared.database.records.'
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class _Rows:
    """Which names of a function hold the rows of an answer, and which one row."""

    def __init__(self, function: _Function) -> None:
        self.nodes = list(ast.walk(function))
        self.many: set[str] = set()
        self.one: set[str] = set()
        for _ in range(2):  # a name may get what another name holds
            for node in self.nodes:
                self._learn(node)

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                self.many |= {target.id} if self.is_many(node.value) else set()
                self.one |= {target.id} if self.is_one(node.value) else set()
            elif isinstance(target, ast.Tuple | ast.List) and self.is_many(node.value):
                self.one |= {name.id for name in target.elts if isinstance(name, ast.Name)}
        elif isinstance(node, ast.For | ast.comprehension) and self.is_many(node.iter):
            self.one |= {node.target.id} if isinstance(node.target, ast.Name) else set()

    def is_many(self, node: ast.AST) -> bool:
        """Whether an expression gives rows."""
        if isinstance(node, ast.Await):
            call = node.value
            return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "fetch"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"list", "tuple"}:
            return len(node.args) == 1 and self.is_many(node.args[0])
        return isinstance(node, ast.Name) and node.id in self.many

    def is_one(self, node: ast.AST) -> bool:
        """Whether an expression gives a row."""
        if isinstance(node, ast.Subscript):
            return _is_position(node) and self.is_many(node.value)
        return isinstance(node, ast.Name) and node.id in self.one


def _is_position(node: ast.Subscript) -> bool:
    place = node.slice.operand if isinstance(node.slice, ast.UnaryOp) else node.slice
    return isinstance(place, ast.Constant) and isinstance(place.value, int)


def _lines(function: _Function) -> Iterator[int]:
    rows = _Rows(function)
    for node in rows.nodes:
        if isinstance(node, ast.Subscript):
            by_position = _is_position(node) and rows.is_one(node.value)
        elif isinstance(node, ast.Starred):
            by_position = rows.is_one(node.value)
        elif isinstance(node, ast.For | ast.comprehension):
            by_position = isinstance(node.target, ast.Tuple) and rows.is_many(node.iter)
        else:
            continue
        if by_position:
            yield node.target.lineno if isinstance(node, ast.comprehension) else node.lineno


def _problems(file: SourceFile) -> Iterator[Problem]:
    lines: set[int] = set()
    for node in file.walk():
        if isinstance(node, _Function):
            lines.update(_lines(node))
    yield from (Problem(file.path, line, _SENTENCE) for line in sorted(lines))


def _find(tree: Tree) -> Iterator[Problem]:
    for service in tree.services:
        for file in service.files:
            yield from _problems(file)


RULE = Rule("no-positional-rows", "values of a row are taken by name", _find)
