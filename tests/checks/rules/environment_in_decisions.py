"""Rules and handlers do not look at the machine: settings come from settings.py, through app.py."""

from __future__ import annotations

from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.rules.decisions import DECISIONS, decision_files, forbidden_uses
from tests.checks.tree import Tree

_SETTINGS = "looks at the machine; put the value into settings.py and let app.py hand it in."
_FORBIDDEN = {f"os.{name}": _SETTINGS for name in ("environ", "environb", "getenv", "getcwd")}
_FORBIDDEN |= {
    "sys.argv": _SETTINGS,
    "socket.gethostname": _SETTINGS,
    "open": "reads a file; load reference tables in app.py or through shared/reference and hand them in.",
}


def _find(tree: Tree) -> Iterator[Problem]:
    for file in decision_files(tree, *DECISIONS):
        yield from forbidden_uses(file, _FORBIDDEN)


RULE = Rule("environment-in-decisions", "rules and handlers read no environment and no file", _find)
