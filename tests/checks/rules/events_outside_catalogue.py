"""The catalogue says who writes and who reads each topic; rights and diagrams are made from it, so code must agree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.checks.base import Problem, Rule
from tests.checks.syntax import calls, docstring_nodes
from tests.checks.tree import Service, SourceFile, Tree

CONTRACTS = "shared.contracts."


@dataclass(frozen=True)
class Usage:
    """Who writes and who reads what goes by one name (an event class or a topic); nobody writes what is planned."""

    writers: frozenset[str]
    readers: frozenset[str]
    owners: frozenset[str]


def _usages() -> tuple[dict[str, Usage], dict[str, Usage]]:
    """By name of event class, and by topic."""
    # Here and not above: every other check must still run when the contracts cannot be imported.
    from shared.contracts.catalogue import CATALOGUE

    classes: dict[str, Usage] = {}
    topics: dict[str, Usage] = {}
    for spec in CATALOGUE:
        owners = frozenset(spec.owners)
        usage = Usage(frozenset() if spec.planned else owners, frozenset(spec.readers), owners)
        topics[spec.name] = usage
        for event in spec.events:
            known = classes.get(event.__name__, Usage(frozenset(), frozenset(), frozenset()))
            classes[event.__name__] = Usage(
                known.writers | usage.writers, known.readers | usage.readers, known.owners | usage.owners
            )
    return classes, topics


def event_name(file: SourceFile, node: ast.AST) -> str | None:
    """The class name, where ``node`` names something from the contracts."""
    dotted = file.names.dotted(node)
    return dotted.rsplit(".", 1)[-1] if dotted and dotted.startswith(CONTRACTS) else None


def _received(file: SourceFile) -> Iterator[tuple[int, str]]:
    """The event classes of handlers' arguments: Received[X]."""
    for node in file.walk():
        if isinstance(node, ast.Subscript) and (file.names.dotted(node.value) or "").endswith("Received"):
            name = event_name(file, node.slice)
            if name:
                yield node.lineno, name


def events_made(file: SourceFile) -> Iterator[tuple[int, str]]:
    """The event classes that the file makes events of: X(...)."""
    for call in calls(file.walk()):
        name = event_name(file, call.func)
        if name:
            yield call.lineno, name


def _topic_texts(file: SourceFile) -> Iterator[tuple[int, str]]:
    docstrings = docstring_nodes(file.walk())
    for node in file.walk():
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def _problems(file: SourceFile, service: str) -> Iterator[Problem]:
    classes, topics = _usages()

    def refused(found: Iterable[tuple[int, str]], usages: dict[str, Usage], verb: str) -> Iterator[Problem]:
        for line, name in found:
            usage = usages.get(name)
            if usage is None:
                continue
            allowed = {
                "write": usage.writers,
                "read": usage.readers,
                "use": usage.owners | usage.readers,
            }[verb]
            if service not in allowed:
                listed = ", ".join(sorted(allowed)) or "nobody yet: it may be planned"
                yield Problem(
                    file.path,
                    line,
                    f"The catalogue does not let {service} {verb} {name} (it lists {listed}); "
                    "change shared/contracts/catalogue.py or leave it.",
                )

    yield from refused(events_made(file), classes, "write")
    yield from refused(_received(file), classes, "read")
    yield from refused(((i.line, i.name) for i in file.names.imports if i.dotted.startswith(CONTRACTS)), classes, "use")
    yield from refused(_topic_texts(file), topics, "use")


def _find(tree: Tree) -> Iterator[Problem]:
    services: list[Service] = [
        service for service in tree.services if not service.is_demo
    ]  # the demo has its own catalogue
    for service in services:
        for file in service.files:
            yield from _problems(file, service.name)


RULE = Rule("events-outside-catalogue", "a service uses the events that the catalogue lists for it", _find)
