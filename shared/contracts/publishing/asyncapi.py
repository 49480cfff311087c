"""Writes the whole of what is said on the topics as an AsyncAPI 3.0 document, for tools and for other agencies.

A planned topic is no channel yet: it stands among the components, where tools expect what is not in use, and has no
operation. The document is made from the catalogue and refers to the frozen schemas, so it can never say anything else
than they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from shared.contracts.base import Event
from shared.contracts.catalogue import Catalogue, TopicSpec
from shared.contracts.evolution.gate import SCHEMA_FOLDER
from shared.contracts.publishing.topic_config import ClusterSettings, topic_config
from shared.contracts.schema import example_body, reader_schema, schema_file, schema_id

ASYNCAPI_FILE: Final = Path(__file__).parents[1] / "asyncapi.yaml"

_KAFKA_BINDING = "0.5.0"
_SOURCE_PREFIX = "urn:payung:service:"
_EXAMPLE_ID = "019ac4f2-9a01-7e5f-a8cc-7d9f1b3c5e20"
_EXAMPLE_TIME = "2026-11-13T02:15:04+00:00"
_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def asyncapi_document(catalogue: Catalogue, schema_folder: Path = SCHEMA_FOLDER) -> dict[str, Any]:
    """The AsyncAPI document of ``catalogue``; payloads refer to files beside it, in a folder of the schemas' name."""
    specs = tuple(catalogue)
    return {
        "asyncapi": "3.0.0",
        "id": "urn:payung",
        "info": _info(),
        "defaultContentType": "application/json",
        "servers": {"kafka": _server()},
        "channels": {spec.name: _channel(spec) for spec in catalogue.existing},
        "operations": {
            f"{service}.{action}.{spec.name}": _operation(service, action, spec)
            for spec in catalogue.existing
            for action, services in (("send", spec.owners), ("receive", spec.readers))
            for service in services
        },
        "components": {
            "messages": {
                _message_id(event): _message(spec, event, schema_folder.name) for spec in specs for event in spec.events
            },
            "channels": {spec.name: _channel(spec) for spec in specs if spec.planned},
            "schemas": {"CloudEventsHeaders": _headers()},
        },
    }


def asyncapi_text(catalogue: Catalogue, schema_folder: Path = SCHEMA_FOLDER) -> str:
    """The document as it is stored: YAML in the order of the catalogue."""
    document = asyncapi_document(catalogue, schema_folder)
    head = "# Made by `python -m shared.contracts freeze` from the catalogue; do not edit.\n"
    return head + yaml.dump(document, Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=110)


class _PlainDumper(yaml.SafeDumper):
    """YAML without anchors, which some readers of AsyncAPI do not follow."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _info() -> dict[str, Any]:
    return {
        "title": "Payung events",
        "version": "1.0.0",
        "description": "Facts of the programme that pays social-insurance contributions of vulnerable workers. Events "
        "carry pseudonymous identifiers and never a name, an identity number or a way to reach a person. Readers "
        "ignore fields and code values that they do not know; the same event may come more than once, and events "
        "of one key come in order. What is tagged planned among the components has its schema and no topic yet; "
        "x-planned names services that shall write or read and do not yet.",
    }


def _server() -> dict[str, Any]:
    return {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "description": "Kafka. Ask the operator for an account; it may read the topics that it was granted.",
        "variables": {"bootstrap": {"description": "Host and port of any broker.", "default": "localhost:9092"}},
    }


def _channel(spec: TopicSpec) -> dict[str, Any]:
    config: dict[str, Any] = {
        name: [value] if name == "cleanup.policy" else int(value)
        for name, value in topic_config(spec, ClusterSettings()).items()
        if name in {"cleanup.policy", "retention.ms", "delete.retention.ms", "max.message.bytes"}
    }
    return {
        # AsyncAPI's way to say that there is no address yet.
        "address": None if spec.planned else spec.name,
        "summary": spec.meaning,
        "description": (spec.event.__doc__ or "").strip().replace("\n    ", "\n"),
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {
            f"v{event.VERSION}": {"$ref": f"#/components/messages/{_message_id(event)}"} for event in spec.events
        },
        "tags": [{"name": spec.data_class}, *([{"name": "planned"}] if spec.planned else [])],
        "bindings": {
            "kafka": {
                "topic": spec.name,
                "partitions": spec.partitions,
                "topicConfiguration": config,
                "bindingVersion": _KAFKA_BINDING,
            }
        },
        **_plan(spec),
    }


def _plan(spec: TopicSpec) -> dict[str, Any]:
    """Who shall write and read it and does not yet; nothing where all is as it shall be."""
    readers = [*(spec.readers if spec.planned else ()), *spec.planned_readers]
    plan = {"writers": list(spec.owners) if spec.planned else [], "readers": readers}
    said = {name: services for name, services in plan.items() if services}
    return {"x-planned": said} if said else {}


def _operation(service: str, action: str, spec: TopicSpec) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{spec.name}"},
        "summary": f"{service} {'writes' if action == 'send' else 'reads'} {spec.name}",
        "tags": [{"name": service}],
        "messages": [{"$ref": f"#/channels/{spec.name}/messages/v{event.VERSION}"} for event in spec.events],
    }


def _message(spec: TopicSpec, event: type[Event], folder: str) -> dict[str, Any]:
    body = example_body(event)
    key_field = reader_schema(event)["properties"][event.KEY_FIELD]
    key = {name: key_field[name] for name in ("type", "format", "pattern") if name in key_field}
    message: dict[str, Any] = {
        "name": spec.name,
        "title": f"{spec.name}, version {event.VERSION}",
        "summary": spec.meaning,
        "contentType": "application/json",
        "headers": _message_headers(spec, event),
        "payload": {"$ref": f"./{folder}/{schema_file(Path(), spec.name, event.VERSION).name}"},
        "bindings": {
            "kafka": {
                "key": {**key, "type": "string", "description": spec.key_meaning},
                "bindingVersion": _KAFKA_BINDING,
            }
        },
    }
    if body is not None:
        message["examples"] = [
            {"name": "example", "headers": _example_headers(spec, event, str(body[event.KEY_FIELD])), "payload": body}
        ]
    return message


def _message_headers(spec: TopicSpec, event: type[Event]) -> dict[str, Any]:
    return {
        "allOf": [
            {"$ref": "#/components/schemas/CloudEventsHeaders"},
            {
                "type": "object",
                "properties": {
                    "ce_type": {"const": spec.name},
                    "ce_source": {"enum": [_SOURCE_PREFIX + owner for owner in spec.owners]},
                    "ce_dataschema": {"const": schema_id(spec.name, event.VERSION)},
                },
            },
        ]
    }


def _headers() -> dict[str, Any]:
    """The Kafka headers of every event: CloudEvents 1.0 in binary mode, all as ASCII text."""

    def text(description: str, **more: Any) -> dict[str, Any]:
        return {"type": "string", "description": description, **more}

    return {
        "type": "object",
        "description": "CloudEvents 1.0 attributes as Kafka headers (binary content mode), ASCII text.",
        "required": ["content-type", "ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_dataschema"],
        "properties": {
            "content-type": {"const": "application/json"},
            "ce_specversion": {"const": "1.0"},
            "ce_id": text("Identifier of the event; the same in repeats.", format="uuid", pattern=_UUID),
            "ce_type": text("The topic."),
            "ce_source": text("The service that wrote the event."),
            "ce_time": text("When it happened, RFC 3339, UTC.", format="date-time"),
            "ce_subject": text("The record's key."),
            "ce_dataschema": text("The $id of the JSON Schema of the body."),
            "traceparent": text(
                "W3C trace context of the writer; may be missing.",
                pattern="^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
            ),
        },
    }


def _example_headers(spec: TopicSpec, event: type[Event], key: str) -> Mapping[str, str]:
    return {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": _EXAMPLE_ID,
        "ce_type": spec.name,
        "ce_source": _SOURCE_PREFIX + spec.owners[0],
        "ce_time": _EXAMPLE_TIME,
        "ce_subject": key,
        "ce_dataschema": schema_id(spec.name, event.VERSION),
    }


def _message_id(event: type[Event]) -> str:
    return f"{event.TOPIC}.v{event.VERSION}"
