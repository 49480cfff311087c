"""One place ends transactions, so that state, inbox and outbox can never be committed apart (design.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.syntax import literal_start, method_calls
from tests.checks.tree import Tree

ENDINGS = {"commit", "rollback", "begin", "begin_nested", "begin_twophase"}
STATEMENTS = ("COMMIT", "ROLLBACK", "BEGIN", "START TRANSACTION", "END TRANSACTION", "ABORT", "PREPARE TRANSACTION")


def _find(tree: Tree) -> Iterator[Problem]:
    for file in [
        *tree.sources("services", "deploy", "benchmarks"),
        *(f for s in tree.services if s.is_demo for f in s.files),
    ]:
        for call, method in method_calls(file.walk()):
            if method.attr in ENDINGS:
                yield Problem(
                    file.path,
                    call.lineno,
                    f"Let the unit of work that opened the transaction end it: take .{method.attr}() out; "
                    "for a part that may fail alone there is uow.savepoint().",
                )
            text = literal_start(call.args[0]) if call.args else None
            if text is not None and text.lstrip().upper().startswith(STATEMENTS):
                yield Problem(
                    file.path,
                    call.lineno,
                    "Let the unit of work that opened the transaction end it: take this statement out.",
                )


RULE = Rule("commit-outside-shared", "no begin, commit or rollback outside shared/", _find)
