"""All SQL of a service is in its store, so that one file shows every question it asks and every lock it takes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.syntax import docstring_nodes, literal_start, method_calls
from tests.checks.tree import SourceFile, Tree

HOMES = ("store", "tables", "migrations")
LIBRARIES = ("sqlalchemy", "sqlmodel", "asyncpg", "alembic")
QUESTIONS = {"fetch", "fetch_value", "fetchval", "fetchrow", "execute", "executemany", "copy_rows"}

_SQL = re.compile(
    r"\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|WITH\s+\S+\s+AS\s|MERGE\s+INTO\s|TRUNCATE\s"
    r"|COPY\s+\S+\s|LOCK\s+TABLE\s|(CREATE|ALTER|DROP)\s+(TABLE|INDEX|VIEW|SCHEMA|ROLE|TYPE)\s)"
)
_ADVICE = "give it a named function in store.py and call that."


def _problems(file: SourceFile) -> Iterator[Problem]:
    for item in file.names.imports:
        if item.module.split(".")[0] in LIBRARIES:
            yield Problem(file.path, item.line, f"Only store.py and tables.py may import {item.module}: {_ADVICE}")
    for call, method in method_calls(file.walk()):
        asks = method.attr in QUESTIONS
        runs_text = method.attr == "run" and call.args and literal_start(call.args[0]) is not None
        if asks or runs_text:
            yield Problem(file.path, call.lineno, f".{method.attr}() asks the database: {_ADVICE}")
    docstrings = docstring_nodes(file.walk())
    for node in file.walk():
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in docstrings:
            text = literal_start(node)
            if text is not None and _SQL.match(text):
                yield Problem(file.path, node.lineno, f"This text is SQL: {_ADVICE}")


def _find(tree: Tree) -> Iterator[Problem]:
    for service in tree.services:
        for file in service.files:
            if service.part_of(file) not in HOMES:
                # One line can break it in two ways (a call with a text); one sentence is enough.
                yield from {problem.line: problem for problem in _problems(file)}.values()


RULE = Rule("sql-outside-store", "a service's SQL is only in store, tables and migrations", _find)
