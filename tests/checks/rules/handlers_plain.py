"""Rules, handlers and stores know nothing of the API: the same decision serves a route, an event and a job."""

from __future__ import annotations

from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.tree import Tree

# What a module begins with, and which parts may not import it.
_FORBIDDEN = {
    "shared.http": ("rules", "handlers", "store"),
    "fastapi": ("rules", "handlers", "jobs"),
    "starlette": ("rules", "handlers", "jobs"),
}


def _find(tree: Tree) -> Iterator[Problem]:
    for service in tree.services:
        for file in service.files:
            for item in file.names.imports:
                for module, parts in _FORBIDDEN.items():
                    if service.part_of(file) in parts and f"{item.dotted}.".startswith(f"{module}."):
                        yield Problem(
                            file.path,
                            item.line,
                            f"{item.dotted} belongs to the API; raise a plain exception, take plain values, "
                            "and let http/ translate.",
                        )


RULE = Rule("handlers-plain", "rules, handlers, stores and jobs know nothing of the API", _find)
