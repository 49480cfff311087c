"""Rules and handlers never look at a clock: the moment is an argument, or comes from the injected Clock."""

from __future__ import annotations

from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.rules.decisions import decision_files, forbidden_uses
from tests.checks.tree import Tree

_READS = ["datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"]
_READS += [f"time.{name}{unit}" for name in ("time", "monotonic", "perf_counter") for unit in ("", "_ns")]
_READS += ["time.localtime", "time.gmtime", "time.ctime", "time.strftime", "time.sleep", "asyncio.sleep"]

_HANDLERS = dict.fromkeys(_READS, "reads or waits for the real clock; take the moment from the injected Clock.")
_HANDLERS["shared.clock.SystemClock"] = "is the real clock; let app.py make it and hand a Clock in."
_RULES = dict.fromkeys(_READS, "reads or waits for the real clock; take the moment as an argument.")
_RULES |= {
    f"shared.clock.{name}": "is a clock; a rule takes the moment itself as an argument."
    for name in ("Clock", "SystemClock", "ManualClock")
}


def _find(tree: Tree) -> Iterator[Problem]:
    for part, forbidden in (("rules", _RULES), ("handlers", _HANDLERS)):
        for file in decision_files(tree, part):
            yield from forbidden_uses(file, forbidden)


RULE = Rule("clock-in-decisions", "rules and handlers get the time handed in", _find)
