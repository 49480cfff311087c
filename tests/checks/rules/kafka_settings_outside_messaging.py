"""FastStream's and aiokafka's defaults lose messages; the right settings stand once, in shared/messaging (ADR 0002)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.syntax import calls
from tests.checks.tree import PRODUCT, SourceFile, Tree

HOME = "shared/messaging/"
# A setting, and the value that loses nothing: a tool of our own that looks at topics may say so itself.
SETTINGS = {
    "ack_policy": None,
    "auto_offset_reset": "'earliest'",
    "allow_auto_create_topics": "False",
    "enable_auto_commit": "False",
    "auto_commit": "False",
    "isolation_level": "'read_committed'",
    "no_reply": "True",
    "partition_assignment_strategy": None,
    "session_timeout_ms": None,
    "max_poll_interval_ms": None,
    "enable_idempotence": None,
    "transactional_id": None,
}
LIBRARIES = ("faststream", "aiokafka")


def _loses_something(keyword: ast.keyword) -> bool:
    return keyword.arg in SETTINGS and ast.unparse(keyword.value) != SETTINGS[keyword.arg]


def _problems(file: SourceFile) -> Iterator[Problem]:
    for call in calls(file.walk()):
        if (file.names.dotted(call.func) or "").startswith("shared.messaging."):
            continue  # our own settings, made of a deployment's
        for keyword in call.keywords:
            if _loses_something(keyword):
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
    for file in [*tree.sources(*PRODUCT), *demo]:
        if not file.path.startswith(HOME):
            yield from _problems(file)
    for service in tree.services:
        for file in service.files:
            yield from _client_imports(file)


RULE = Rule("kafka-settings-outside-messaging", "Kafka clients are set up only in shared/messaging", _find)
