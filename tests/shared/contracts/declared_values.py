"""Which values the contracts declare of the fields that hold codes: closed sets and the known values of open ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from shared.contracts.base import Event
from shared.contracts.evolution.nodes import closed_values, resolve, shapes
from shared.contracts.planned_values import planned_values
from shared.contracts.schema import reader_schema


@cache
def declared_values(event: type[Event]) -> Mapping[str, frozenset[str]]:
    """The declared values of each field of ``event`` that has any."""
    schema, found = reader_schema(event), {}
    for name, field in schema["properties"].items():
        node = resolve(field, schema)
        closed = [value.strip("'") for shape in shapes(node, schema) for value in closed_values(shape) or ()]
        if values := frozenset({*node.get("x-known-values", ()), *closed}):
            found[name] = values
    return found


def not_promised(event: Event) -> Iterator[str]:
    """The values in ``event`` that are not declared or only planned, a sentence each."""
    body: dict[str, Any] = json.loads(event.to_json_bytes())
    for field, declared in declared_values(type(event)).items():
        held = body.get(field)
        values = {held} if isinstance(held, str) else set(held or ())
        planned = planned_values(event.TOPIC, field)
        for value in sorted(values - (declared - planned.keys())):
            what = "only planned; take it out of shared/contracts/planned_values.py" if value in planned else "unknown"
            yield f"{event.TOPIC} was sent with {field} {value}, which is {what}"
