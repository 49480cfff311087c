"""FastStream's and aiokafka's defaults lose messages; the right settings stand once, in shared/messaging (ADR 0002)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.syntax import calls
from tests.checks.tree import SourceFile, Tree

HOME = "shared/messaging/"
SETTINGS = {
    "ack_policy",
    "auto_offset_reset",
    "allow_auto_create_topics",
    "enable_auto_commit",
    "auto_commit",
    "isolation_level",
    "no_reply",
    "partition_assignment_strategy",
    "session_timeout_ms",
    "max_poll_interval_ms",
    "enable_idempotence",
    "transactional_id",
}
LIBRARIES = ("faststream", "aiokafka")


def _is_commit_switched_off(keyword: ast.keyword) -> bool:
    """A client that only looks says so; that is never wrong."""
    return keyword.arg in {"enable_auto_commit", "auto_commit"} and ast.unparse(keyword.value) == "False"


def _problems(file: SourceFile) -> Iterator[Problem]:
    for call in calls(file.walk()):
        if (file.names.dotted(call.func) or "").startswith("shared.messaging."):
            continue  # our own settings, made of a deployment's
        for keyword in call.keywords:
            if keyword.arg in SETTINGS and not _is_commit_switched_off(keyword):
                yield Problem(
                    file.path,
                    keyword.value.lineno,
                    f"{keyword.arg} is decided once for everybody in shared/messaging; use Consumer or Relay, "
                    "or change it there with a reason.",
                )
    for item in file.names.imports:
        if item.name == "AckPolicy":
            yield Problem(
                file.path, item.line, "AckPolicy is decided once for everybody in shared/messaging; use Consumer."
            )
    for node in file.walk():
        if isinstance(node, ast.Attribute) and node.attr == "AckPolicy":
            yield Problem(
                file.path, node.lineno, "AckPolicy is decided once for everybody in shared/messaging; use Consumer."
            )


def _client_imports(file: SourceFile) -> Iterator[Problem]:
    for item in file.names.imports:
        if item.module.split(".")[0] in LIBRARIES:
            yield Problem(
                file.path,
                item.line,
                f"A service never speaks {item.module} itself: subscribe and emit through shared.messaging.",
            )


def _find(tree: Tree) -> Iterator[Problem]:
    demo = [file for service in tree.services if service.is_demo for file in service.files]
    for file in [*tree.sources("services", "shared", "deploy"), *demo]:
        if not file.path.startswith(HOME):
            yield from _problems(file)
    for service in tree.services:
        for file in service.files:
            yield from _client_imports(file)


RULE = Rule("kafka-settings-outside-messaging", "Kafka clients are set up only in shared/messaging", _find)
