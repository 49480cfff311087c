"""Money is whole rupiah. A float loses one rupiah somewhere between here and a million workers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.syntax import words
from tests.checks.tree import PRODUCT, SourceFile, Tree

MONEY = {
    "amount",
    "amounts",
    "rupiah",
    "iuran",
    "fine",
    "fines",
    "denda",
    "wage",
    "wages",
    "upah",
    "balance",
    "balances",
}


def _is_money(name: str) -> bool:
    return bool(words(name) & MONEY)


def _speaks_of_float(annotation: ast.expr | None) -> bool:
    if annotation is None:
        return False
    text = ast.unparse(annotation).strip("\"'")
    return any(word == "float" for word in text.replace("[", " ").replace("]", " ").replace(",", " ").split())


def _is_fraction(value: ast.expr | None) -> bool:
    if isinstance(value, ast.BinOp):
        return isinstance(value.op, ast.Div)
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "float"


def _named(file: SourceFile) -> Iterator[tuple[int, str, bool]]:
    """Every place that gives a name a type or a value: line, name, whether it makes the name a float."""
    for node in file.walk():
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name | ast.Attribute):
            name = node.target.id if isinstance(node.target, ast.Name) else node.target.attr
            yield node.lineno, name, _speaks_of_float(node.annotation) or _is_fraction(node.value)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name | ast.Attribute):
                    name = target.id if isinstance(target, ast.Name) else target.attr
                    yield node.lineno, name, _is_fraction(node.value)
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg, _speaks_of_float(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name, _speaks_of_float(node.returns)


def _find(tree: Tree) -> Iterator[Problem]:
    for file in tree.sources(*PRODUCT):
        for line, name, is_float in _named(file):
            if is_float and _is_money(name):
                yield Problem(
                    file.path,
                    line,
                    f"{name} is money and becomes a float here; use Rupiah (or int, and // with a stated rounding).",
                )


RULE = Rule("float-money", "no float for amounts, iuran, fines, wages, balances", _find)
