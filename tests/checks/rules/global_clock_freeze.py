"""Freezing the process's clock hangs the Kafka client (aio-libs/aiokafka#1060) and hides where time is read."""

from __future__ import annotations

from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.tree import CODE, Tree

FREEZERS = {"freezegun", "time_machine", "pytest_freezer"}


def _find(tree: Tree) -> Iterator[Problem]:
    for file in tree.sources(*CODE):
        for item in file.names.imports:
            if item.module.split(".")[0] in FREEZERS:
                yield Problem(
                    file.path, item.line, "Hand a ManualClock in instead of freezing the clock of the process."
                )


RULE = Rule("global-clock-freeze", "tests move a ManualClock, never the process's clock", _find)
