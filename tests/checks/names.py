"""What a name in a file stands for, so that ``from datetime import datetime as dt`` is no way round a rule."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Import:
    """One imported thing: ``module`` as written out in full, ``name`` of what is taken from it (empty for all)."""

    line: int
    module: str
    name: str

    @property
    def dotted(self) -> str:
        """The full dotted name of what is imported."""
        return f"{self.module}.{self.name}" if self.name else self.module


class Names:
    """The import table of one file, and what dotted expressions mean under it."""

    def __init__(self, nodes: Sequence[ast.AST], path: str) -> None:
        self._nodes = nodes
        self._package = path.removesuffix(".py").split("/")[:-1]
        self._meanings: dict[str, str] = {}
        self.imports = list(self._read_imports())

    def _read_imports(self) -> Iterator[Import]:
        for node in self._nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    first = alias.name.split(".")[0]
                    self._meanings[alias.asname or first] = alias.name if alias.asname else first
                    yield Import(node.lineno, alias.name, "")
            elif isinstance(node, ast.ImportFrom):
                origin = self._origin(node)
                for alias in node.names:
                    self._meanings[alias.asname or alias.name] = f"{origin}.{alias.name}"
                    yield Import(node.lineno, origin, alias.name)

    def _origin(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        base = self._package[: len(self._package) - node.level + 1]
        return ".".join([*base, *([node.module] if node.module else [])])

    def dotted(self, node: ast.AST) -> str | None:
        """The full name of ``datetime.now``-like expressions; None where it is not made of names."""
        if isinstance(node, ast.Name):
            return self._meanings.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            owner = self.dotted(node.value)
            return f"{owner}.{node.attr}" if owner else None
        return None

    def uses(self) -> Iterator[tuple[int, str]]:
        """Every use of a dotted name that begins with an imported or built-in one, with its line."""
        for node in self._nodes:
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                dotted = self.dotted(node)
                if dotted is not None:
                    yield node.lineno, dotted
