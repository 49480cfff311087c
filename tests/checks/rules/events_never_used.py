"""What the catalogue says of a service, the service does: it makes each event it owns and handles each it reads.

The other direction, that it does nothing beside the catalogue, is the rule events-outside-catalogue.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.rules.events_outside_catalogue import event_name, events_made
from tests.checks.tree import Service, Tree

_PARKED = ".parked"  # emitted by shared/messaging for whoever reads anything


def _handled(service: Service) -> set[str]:
    """The event classes that app.py maps to a handler."""
    return {
        name
        for file in service.part("app")
        for node in file.walk()
        if isinstance(node, ast.Dict)
        for key in node.keys
        if key is not None and (name := event_name(file, key))
    }


def _problems(service: Service) -> Iterator[Problem]:
    # Here and not above: every other check must still run when the contracts cannot be imported.
    from shared.contracts.catalogue import CATALOGUE

    made = {name for file in service.files for _, name in events_made(file)}
    place = f"{service.folder}/app.py"
    for spec in CATALOGUE.owned_by(service.name):
        if not spec.name.endswith(_PARKED) and spec.event.__name__ not in made:
            yield Problem(
                place,
                1,
                f"The catalogue says that {service.name} writes {spec.name}, and nothing in it makes "
                f"{spec.event.__name__}; emit it or mark the topic as planned.",
            )
    handled = _handled(service)
    for spec in CATALOGUE:
        if service.name in spec.readers and spec.event.__name__ not in handled:
            yield Problem(
                place,
                1,
                f"The catalogue says that {service.name} reads {spec.name}, and its app.py has no handler for "
                f"{spec.event.__name__}; add one or make it a planned reader.",
            )


def _find(tree: Tree) -> Iterator[Problem]:
    for service in tree.services:
        if not service.is_demo:  # the demo has its own catalogue
            yield from _problems(service)


RULE = Rule("events-never-used", "what the catalogue says that a service writes and reads, it writes and reads", _find)
