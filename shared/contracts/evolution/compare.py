"""Compares two JSON Schemas of one event and names every difference that a reader or a replay could notice.

Written for the schemas that our events give (a subset of draft 2020-12). A keyword that it does not know and that has
changed is refused, never passed over (docs/adr/0008).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.contracts.evolution.change_rules import RULES
from shared.contracts.evolution.findings import Finding
from shared.contracts.evolution.nodes import (
    BESIDE,
    TEXT,
    Node,
    as_node,
    closed_values,
    default_of,
    fields_of,
    join,
    other_fields,
    resolve,
    same_shape,
    shapes,
    types_of,
    without_null,
    words_of,
)

# Keyword: (which way is tighter, the value when the keyword is missing).
_BOUNDS: Final[Mapping[str, tuple[int, float]]] = {
    "minimum": (+1, float("-inf")),
    "exclusiveMinimum": (+1, float("-inf")),
    "minLength": (+1, 0),
    "minItems": (+1, 0),
    "minProperties": (+1, 0),
    "uniqueItems": (+1, 0),
    "maximum": (-1, float("inf")),
    "exclusiveMaximum": (-1, float("inf")),
    "maxLength": (-1, float("inf")),
    "maxItems": (-1, float("inf")),
    "maxProperties": (-1, float("inf")),
}
_SAME_OR: Final[Mapping[str, str]] = {
    "pattern": "pattern-changed",
    "format": "format-changed",
    "contentEncoding": "format-changed",
    "contentMediaType": "format-changed",
    "multipleOf": "format-changed",
}
# Judged by name below, or compared outside (default with its field; the head of the document by the gate).
_JUDGED: Final = frozenset(
    {
        *("type", "enum", "const", "anyOf", "oneOf", "items", "prefixItems", "properties", "required"),
        *("additionalProperties", "propertyNames", "x-known-values", "x-unit", "default", "$ref"),
        *("$defs", "$schema", "$id", "x-version", "x-key-field"),
    }
)
_KNOWN: Final = _JUDGED | TEXT | _BOUNDS.keys() | _SAME_OR.keys()
_ABSENT: Final = object()


def compare_schemas(old: Node, new: Node, subject: str) -> list[Finding]:
    """Every difference between ``old`` and ``new``, allowed ones too. ``subject`` names the event in the findings."""
    return _Comparison(old, new, subject).run()


class _Comparison:
    def __init__(self, old: Node, new: Node, subject: str) -> None:
        self._roots = (old, new)
        self._subject = subject
        self._findings: list[Finding] = []
        self._seen: set[tuple[str, str]] = set()

    def run(self) -> list[Finding]:
        self._value(*self._roots, "")
        return list(dict.fromkeys(self._findings))

    def _emit(self, rule_id: str, path: str, happened: str) -> None:
        self._findings.append(Finding(RULES[rule_id], self._subject, path, happened))

    def _value(self, old: Node | bool, new: Node | bool, path: str) -> None:
        """Compare two schemas of one value."""
        old, new = as_node(old), as_node(new)
        if "$ref" in old or "$ref" in new:
            pair = (repr(old), repr(new))
            if pair in self._seen:
                return
            self._seen.add(pair)
            old, new = resolve(old, self._roots[0]), resolve(new, self._roots[1])
        self._annotations(old, new, path)
        self._alternatives(old, new, path)

    def _annotations(self, old: Node, new: Node, path: str) -> None:
        if any(old.get(word) != new.get(word) for word in TEXT):
            self._emit("text-changed", path, "the words have changed")
        before, after = old.get("x-known-values", {}), new.get("x-known-values", {})
        for value in [value for value in before if value not in after]:
            self._emit("known-value-removed", path, f"the documented value {value!r} is gone")
        for value in [value for value in after if value not in before]:
            self._emit("known-value-added", path, f"the value {value!r} is documented now")
        if any(before[value] != after[value] for value in before if value in after):
            self._emit("text-changed", path, "the meaning of a documented value is worded otherwise")
        if old.get("x-unit") != new.get("x-unit"):
            self._emit("unit-changed", path, f"the unit was {old.get('x-unit')} and is {new.get('x-unit')}")

    def _alternatives(self, old: Node, new: Node, path: str) -> None:
        if ("oneOf" in old) != ("oneOf" in new):
            self._emit("not-understood", path, "oneOf has come or gone")
        before, after = shapes(old, self._roots[0]), shapes(new, self._roots[1])
        one, other = ([shape.get(BESIDE) for shape in some if BESIDE in shape] for some in (before, after))
        if one != other or self._definitions_moved(one):
            self._emit("not-understood", path, "what stands beside the alternatives has changed")
        had_null, has_null = (any("null" in types_of(shape) for shape in some) for some in (before, after))
        if has_null and not had_null:
            self._emit("null-added", path, "null is accepted now")
        elif had_null and not has_null:
            self._emit("null-removed", path, "null is refused now")
        before, after = without_null(before), without_null(after)
        if len(before) == len(after):
            for old_shape, new_shape in zip(before, after, strict=True):
                self._shape(old_shape, new_shape, path)
        elif len(before) < len(after):
            self._emit("alternative-added", path, f"{len(before)} shapes were accepted and now {len(after)}")
        else:
            self._emit("alternative-removed", path, f"{len(before)} shapes were accepted and now only {len(after)}")

    def _shape(self, old: Node, new: Node, path: str) -> None:
        """Compare two schemas that have no alternatives."""
        self._annotations(old, new, path)
        for word in sorted({*old, *new} - _KNOWN):
            before, after = old.get(word, _ABSENT), new.get(word, _ABSENT)
            if before != after or self._definitions_moved(before):
                self._emit("not-understood", path, f"the keyword {word} has changed")
        if not self._types(old, new, path):
            return
        self._enum(old, new, path)
        for word in _BOUNDS:
            self._bound(word, old, new, path)
        for word, rule in _SAME_OR.items():
            if old.get(word) != new.get(word):
                self._emit(rule, path, f"{word} was {old.get(word)!r} and is {new.get(word)!r}")
        self._array(old, new, path)
        self._object(old, new, path)

    def _definitions_moved(self, keyword: object) -> bool:
        """Whether a keyword that is not judged refers to definitions that may have changed."""
        return "$ref" in repr(keyword) and self._roots[0].get("$defs") != self._roots[1].get("$defs")

    def _types(self, old: Node, new: Node, path: str) -> bool:
        """Compare types; False when they have nothing in common and nothing further can be compared."""
        before, after = types_of(old), types_of(new)
        if before == after:
            return True
        happened = f"the type was {words_of(before)} and is {words_of(after)}"
        if before < after:
            self._emit("type-widened", path, happened)
        elif after < before:
            self._emit("type-narrowed", path, happened)
        else:
            self._emit("type-changed", path, happened)
        return bool(before & after)

    def _enum(self, old: Node, new: Node, path: str) -> None:
        before, after = closed_values(old), closed_values(new)
        if before is None and after is None:
            return
        if before is None:
            self._emit("values-closed", path, "any value was accepted and now only a closed set")
        elif after is None:
            self._emit("values-opened", path, "a closed set was accepted and now any value")
        else:
            for value in [value for value in after if value not in before]:
                self._emit("closed-value-added", path, f"the closed set has the new value {value}")
            for value in [value for value in before if value not in after]:
                self._emit("closed-value-removed", path, f"the closed set has lost the value {value}")

    def _bound(self, word: str, old: Node, new: Node, path: str) -> None:
        tighter, missing = _BOUNDS[word]
        before, after = old.get(word, missing), new.get(word, missing)
        if before == after:
            return
        rule = "bound-tightened" if (after - before) * tighter > 0 else "bound-loosened"
        self._emit(rule, path, f"{word} was {old.get(word, 'not set')} and is {new.get(word, 'not set')}")

    def _array(self, old: Node, new: Node, path: str) -> None:
        first, second = old.get("prefixItems", []), new.get("prefixItems", [])
        if len(first) != len(second):
            self._emit("type-changed", path, f"a list of {len(first)} fixed places has {len(second)} now")
        for index, (one, other) in enumerate(zip(first, second, strict=False)):
            self._value(one, other, join(path, str(index)))
        if "items" in old or "items" in new:
            self._value(old.get("items", {}), new.get("items", {}), join(path, "[]"))

    def _object(self, old: Node, new: Node, path: str) -> None:
        if "propertyNames" in old or "propertyNames" in new:
            self._value(old.get("propertyNames", {}), new.get("propertyNames", {}), join(path, "(keys)"))
        self._other_fields(old, new, path)
        before, after = fields_of(old), fields_of(new)
        gone = [name for name in before if name not in after]
        come = [name for name in after if name not in before]
        for name in gone:
            twin = next((other for other in come if same_shape(before[name], after[other])), None)
            if twin is not None:
                self._emit("field-renamed", join(path, name), f"gone, and {twin} of the same shape has come")
            else:
                self._emit("field-removed", join(path, name), "the field is gone")
        for name in come:
            self._new_field(name, old, new, path)
        for name in [name for name in before if name in after]:
            self._kept_field(name, old, new, path)

    def _new_field(self, name: str, old: Node, new: Node, path: str) -> None:
        if other_fields(old) is not True:
            self._emit("field-added-to-closed-object", join(path, name), "new, but unknown fields were refused")
        if name in new.get("required", []):
            self._emit("required-field-added", join(path, name), "the field is new and must be there")
        else:
            self._emit("optional-field-added", join(path, name), "the field is new and may be missing")

    def _kept_field(self, name: str, old: Node, new: Node, path: str) -> None:
        inner = join(path, name)
        one, other = fields_of(old)[name], fields_of(new)[name]
        needed_before, needed_after = name in old.get("required", []), name in new.get("required", [])
        if needed_before and not needed_after:
            self._emit("became-optional", inner, "the field was always there and may be missing now")
        elif needed_after and not needed_before:
            self._emit("became-required", inner, "the field could be missing and must be there now")
        elif not needed_after and default_of(one) != default_of(other):
            self._emit("default-changed", inner, "another value stands for the missing field")
        self._value(one, other, inner)

    def _other_fields(self, old: Node, new: Node, path: str) -> None:
        before, after = other_fields(old), other_fields(new)
        if before is True and after is not True:
            self._emit("unknown-fields-refused", path, "unknown fields were accepted and are refused or restricted now")
        elif after is True and before is not True:
            self._emit("unknown-fields-taken", path, "unknown fields were refused or restricted and are accepted now")
        elif before is not True:
            self._value(before, after, join(path, "*"))
