"""Which files decide: rules and handlers of a service. They get time, identifiers and settings handed in.

So a test can put them at any moment, and a replay of the same events gives the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.checks.base import Problem
from tests.checks.tree import SourceFile, Tree

DECISIONS = ("rules", "handlers")


def decision_files(tree: Tree, *parts: str) -> Iterator[SourceFile]:
    """The files of the named parts of every service."""
    for service in tree.services:
        yield from service.part(*parts)


def forbidden_uses(file: SourceFile, forbidden: dict[str, str]) -> Iterator[Problem]:
    """A problem for every use of a name in ``forbidden``, which maps full dotted names to what to do instead."""
    for line, dotted in file.names.uses():
        if dotted in forbidden:
            yield Problem(file.path, line, f"{dotted} {forbidden[dotted]}")
