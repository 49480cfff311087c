"""Reads one node of a JSON Schema: where a reference leads, which shapes, types and values it accepts.

Only what both the comparison and the check of bounds need; it knows no rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Node = Mapping[str, Any]

TEXT: Final = frozenset({"title", "description", "examples", "x-source", "$comment", "deprecated"})
"""Keywords that are words for people and accept or refuse nothing."""

BESIDE: Final = "(beside the branches)"
"""Where `shapes` keeps what stands beside anyOf or oneOf."""

_NOT_LIMITING: Final = TEXT | {"default", "x-known-values", "x-unit"}

ALL_TYPES: Final = frozenset({"null", "boolean", "object", "array", "number", "integer", "string"})


def as_node(schema: Node | bool) -> Node:
    """A boolean schema as a mapping: true accepts everything, false nothing."""
    if isinstance(schema, bool):
        return {} if schema else {"enum": []}
    return schema


def resolve(node: Node, root: Node) -> Node:
    """``node`` with its local ``$ref`` replaced by what it points to. Raises ValueError for any other reference."""
    steps = 0
    while "$ref" in node:
        target, steps = str(node["$ref"]), steps + 1
        if not target.startswith("#/") or steps > 50:
            raise ValueError(f"The reference {target} does not lead to a definition inside the same schema.")
        found: Any = root
        for part in target[2:].split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        node = {**found, **{key: value for key, value in node.items() if key != "$ref"}}
    return node


def shapes(node: Node, root: Node) -> list[Node]:
    """The alternatives of a value: itself, or the branches of anyOf or oneOf.

    What stands beside the branches holds for each of them; it is kept under a keyword of its own, which nothing
    understands, so that it can be compared but never be mistaken for part of a branch.
    """
    for word in ("anyOf", "oneOf"):
        if word in node:
            beside = {key: value for key, value in node.items() if key not in {word, *_NOT_LIMITING}}
            mark = {BESIDE: beside} if beside else {}
            branches = (resolve(as_node(branch), root) for branch in node[word])
            return [shape for branch in branches for shape in shapes({**branch, **mark}, root)]
    return [node]


def types_of(node: Node) -> frozenset[str]:
    """The JSON types that ``node`` accepts; a number accepts integers too."""
    found = node.get("type")
    if found is None:
        return ALL_TYPES
    names = {found} if isinstance(found, str) else set(found)
    return frozenset(names | {"integer"} if "number" in names else names)


def words_of(types: frozenset[str]) -> str:
    """Types for people."""
    return "any" if types == ALL_TYPES else " or ".join(sorted(types))


def without_null(alternatives: list[Node]) -> list[Node]:
    """The alternatives other than null, without what stood beside them."""
    left: list[Node] = []
    for shape in alternatives:
        types = types_of(shape)
        if types != {"null"}:
            plain = {key: value for key, value in shape.items() if key != BESIDE}
            named = "null" in types and "type" in shape
            left.append({**plain, "type": sorted(types - {"null"})} if named else plain)
    return left


def closed_values(node: Node) -> list[str] | None:
    """The values of a closed set, written so that 1 and true differ, or None when the set is open."""
    if "const" in node:
        return [repr(node["const"])]
    return [repr(value) for value in node["enum"]] if "enum" in node else None


def default_of(node: Node) -> str:
    """The default, written so that a missing one differs from null."""
    return repr(node["default"]) if "default" in node else "none"


def fields_of(node: Node) -> dict[str, Node]:
    """The fields of an object by name, with those that are only named as required."""
    named: dict[str, Node] = {name: {} for name in node.get("required", [])}
    return {**named, **{name: as_node(inner) for name, inner in node.get("properties", {}).items()}}


def other_fields(node: Node) -> Node | bool:
    """What an object says about further fields: True for anything, False for none, or their schema."""
    found: Node | bool = node.get("additionalProperties", True)
    return True if found == {} else found


def same_shape(one: Node, other: Node) -> bool:
    """Whether two schemas differ in words only."""

    def bare(node: Node) -> dict[str, Any]:
        return {key: value for key, value in node.items() if key not in {"default", *TEXT}}

    return bare(one) == bare(other)


def join(path: str, name: str) -> str:
    """A path inside a schema."""
    return f"{path}.{name}" if path else name
