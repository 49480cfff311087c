"""Small questions about syntax that several rules ask."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator


def calls(nodes: Iterable[ast.AST]) -> Iterator[ast.Call]:
    """The calls among ``nodes``."""
    return (node for node in nodes if isinstance(node, ast.Call))


def method_calls(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.Call, ast.Attribute]]:
    """The calls of the form ``something.method(...)``, with their ``something.method``."""
    return ((call, call.func) for call in calls(nodes) if isinstance(call.func, ast.Attribute))


def literal_start(node: ast.AST | None) -> str | None:
    """The text that a string expression begins with, f-strings and joined pieces included; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return literal_start(node.values[0]) or "" if node.values else ""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return literal_start(node.left)
    return None


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines the docstring of a function takes."""
    if ast.get_docstring(node, clean=False) is None:
        return 0
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1


def docstring_nodes(nodes: Iterable[ast.AST]) -> set[int]:
    """The identities of the constants that are docstrings."""
    found = set()
    for node in nodes:
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            found.add(id(body[0].value))
    return found


def words(name: str) -> set[str]:
    """The words of a snake_case or UPPER_CASE name, in lower case."""
    return set(name.lower().split("_"))
