"""Finds values of any size in a schema, so that one record cannot fill a disk or break a database column.

Every text, number, list and map of an event has a bound; this is checked when schemas are checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from shared.contracts.evolution.nodes import ALL_TYPES, Node, as_node, closed_values, join, resolve, shapes, types_of

_DEEPEST = 20


def unbounded_places(schema: Node) -> Iterator[str]:
    """Paths of values that could be of any size or of any type."""
    yield from _unbounded(schema, schema, "", 0)


def _unbounded(node: Node | bool, root: Node, path: str, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        yield path
        return
    for shape in shapes(resolve(as_node(node), root), root):
        if closed_values(shape) is not None:
            continue
        types = types_of(shape)
        if types == ALL_TYPES or not _bounded(shape, types):
            yield path
        for name, inner in shape.get("properties", {}).items():
            yield from _unbounded(inner, root, join(path, name), depth + 1)
        for word, mark in (("items", "[]"), ("additionalProperties", "*")):
            if isinstance(shape.get(word), Mapping):
                yield from _unbounded(shape[word], root, join(path, mark), depth + 1)


def _bounded(shape: Node, types: frozenset[str]) -> bool:
    if "string" in types and not ({"maxLength", "format"} & set(shape) or _is_short(shape.get("pattern", "*"))):
        return False
    if types & {"integer", "number"} and not {"minimum", "maximum"} <= set(shape):
        return False
    if "array" in types and "maxItems" not in shape and "prefixItems" not in shape:
        return False
    return "object" not in types or "properties" in shape or "maxProperties" in shape


def _is_short(pattern: str) -> bool:
    """Whether a pattern bounds the length: anchored, and nothing in it repeats without limit."""
    plain = re.sub(r"\[[^\]]*\]", "", re.sub(r"\\.", "", pattern))
    return pattern.startswith("^") and pattern.endswith("$") and not re.search(r"[*+]|,\}", plain)
