"""A reader sees where SQL is run: ``store.cases.open(uow, ...)``. So a store's functions are not imported by name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.tree import Tree

_STORE = re.compile(r"services\.\w+\.store(\.\w+)*")
_CLASS = re.compile(r"[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*")


def _find(tree: Tree) -> Iterator[Problem]:
    for service in tree.services:
        for file in service.files:
            if service.part_of(file) in {"store", "migrations"}:
                continue
            for item in file.names.imports:
                if _STORE.fullmatch(item.module) and not _CLASS.fullmatch(item.name):
                    subject = item.module.partition(".store")[2].lstrip(".") or item.name
                    yield Problem(
                        file.path,
                        item.line,
                        f"Write 'from services.{service.name} import store' and use store.{subject}; "
                        "only classes are imported from a store by name.",
                    )


RULE = Rule("store-by-subject", "a store's functions are called store.<subject>.<verb>()", _find)
