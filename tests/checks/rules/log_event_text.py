"""A log event is a fixed name with fields, so that it can be counted and so that no personal data slips into text."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.syntax import method_calls
from tests.checks.tree import DEMO_SERVICE, PRODUCT, Tree

LEVELS = {"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log", "msg"}
LOGGERS = {"log", "logger", "_log", "_logger", "logging", "LOG", "LOGGER", "structlog"}


def _is_logger(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):  # logger.bind(...).info(...), get_logger().info(...)
        return _is_logger(node.func) or (
            isinstance(node.func, ast.Name) and node.func.id in {"get_logger", "getLogger"}
        )
    if isinstance(node, ast.Attribute):
        return node.attr in LOGGERS or node.attr in {"get_logger", "getLogger"} or _is_logger(node.value)
    return isinstance(node, ast.Name) and node.id in LOGGERS


def _is_composed(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"format", "join"}


def _find(tree: Tree) -> Iterator[Problem]:
    for file in tree.sources(*PRODUCT, DEMO_SERVICE):
        for call, method in method_calls(file.walk()):
            if method.attr not in LEVELS or not _is_logger(method.value):
                continue
            texts = [*call.args, *(word.value for word in call.keywords if word.arg == "event")]
            if any(_is_composed(text) for text in texts):
                yield Problem(
                    file.path,
                    call.lineno,
                    "Name the event with a fixed text and put what varies into fields, as in "
                    'log.info("batch_applied", events=n).',
                )


RULE = Rule("log-event-text", "a log event is a fixed name with fields", _find)
