"""Turns an event into the JSON Schema that readers get: draft 2020-12, unknown fields allowed.

It is the readers' view: what an event may look like for a reader to accept it. Descriptions, units, legal sources and
the known values of open codes go along, so that a reader needs nothing but the schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from shared.contracts.base import Event

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = Mapping[str, Any]


class _ReadersView(GenerateJsonSchema):
    """pydantic's schema without generated titles, and with maps that say what they refuse."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made: JsonSchemaValue = {"type": "object"}
        if "keys_schema" in schema:
            names = self.generate_inner(schema["keys_schema"])
            made["propertyNames"] = {key: value for key, value in names.items() if key != "type"}
        if "values_schema" in schema:
            made["additionalProperties"] = self.generate_inner(schema["values_schema"])
        if "min_length" in schema:
            made["minProperties"] = schema["min_length"]
        if "max_length" in schema:
            made["maxProperties"] = schema["max_length"]
        return made


def schema_id(topic: str, version: int) -> str:
    """The ``$id`` of an event's schema, which is also the ``ce_dataschema`` of its records."""
    return f"urn:payung:event:{topic}:{version}"


def schema_file(folder: Path, topic: str, version: int) -> Path:
    """Where the frozen schema of an event lies."""
    return folder / f"{topic}.v{version}.json"


def reader_schema(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema of ``event`` as its class stands now, with the class's example if it has one."""
    made = event.model_json_schema(schema_generator=_ReadersView)
    head: dict[str, Any] = {
        "$schema": DIALECT,
        "$id": schema_id(event.TOPIC, event.VERSION),
        "title": event.TOPIC,
        "description": made.pop("description", ""),
        "x-version": event.VERSION,
        "x-key-field": event.KEY_FIELD,
    }
    made.pop("title", None)
    body = example_body(event)
    tail = {"examples": [body]} if body is not None else {}
    return {**head, **made, **tail}


def example_body(event: type[Event]) -> dict[str, Any] | None:
    """The example of ``event`` as it travels, or None if it has none."""
    try:
        instance = event.example()
    except LookupError:
        return None
    body: dict[str, Any] = json.loads(instance.to_json_bytes())
    return body


def as_text(schema: Schema) -> str:
    """The schema as it is stored: indented, in the order of the fields, with a final newline."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
