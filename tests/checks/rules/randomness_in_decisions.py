"""Rules and handlers make no random choice: identifiers come from the injected IdSource, so that a replay agrees."""

from __future__ import annotations

from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.rules.decisions import DECISIONS, decision_files, forbidden_uses
from tests.checks.tree import Tree

_MODULES = ("random", "secrets", "uuid_utils", "numpy.random")
_IDS = "makes an identifier out of nothing; take it from the injected IdSource."
_FORBIDDEN = {f"uuid.uuid{version}": _IDS for version in (1, 3, 4, 5, 6, 7, 8)}
_FORBIDDEN |= {
    "shared.ids.RandomIds": "is the real source of identifiers; let app.py make it and hand an IdSource in.",
    "os.urandom": "is random; the same input must give the same answer.",
    "hash": "differs from process to process for text; use zlib.crc32 or hashlib.",
}


def _find(tree: Tree) -> Iterator[Problem]:
    for file in decision_files(tree, *DECISIONS):
        for item in file.names.imports:
            if item.dotted.startswith(tuple(f"{module}." for module in _MODULES)) or item.dotted in _MODULES:
                yield Problem(
                    file.path, item.line, f"{item.module} is random; the same input must give the same answer."
                )
        yield from forbidden_uses(file, _FORBIDDEN)


RULE = Rule("randomness-in-decisions", "rules and handlers get identifiers handed in", _find)
