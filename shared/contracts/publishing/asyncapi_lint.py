"""Checks an AsyncAPI document without any tool outside Python: references, operations, examples, names.

The official schema of AsyncAPI 3.0 is checked as well, by a test, where npm is there to fetch it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.contracts.validation import schema_faults

Document = Mapping[str, Any]


def lint_asyncapi(document: Document, folder: Path) -> list[str]:
    """What is wrong with ``document``, whose relative references start at ``folder``; a sentence each."""
    faults = [fault for reference in _references(document) for fault in _reference_faults(reference, document, folder)]
    if faults:
        return sorted(set(faults))
    return [*_channel_faults(document), *_operation_faults(document), *_example_faults(document, folder)]


def follow(reference: str, document: Document, folder: Path) -> Any:
    """What ``reference`` points to: a file beside the document, or a place inside it. Raises LookupError, OSError."""
    file, _, pointer = reference.partition("#")
    found: Any = json.loads((folder / file).read_text(encoding="utf-8")) if file else document
    for part in pointer.strip("/").split("/") if pointer.strip("/") else []:
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


def _reference_faults(reference: str, document: Document, folder: Path) -> Iterator[str]:
    try:
        follow(reference, document, folder)
    except (LookupError, TypeError, OSError, ValueError):
        yield f"The reference {reference} leads nowhere; run freeze."


def _channel_faults(document: Document) -> Iterator[str]:
    for name, channel in document["channels"].items():
        if channel.get("address") != name:
            yield f"The channel {name} has another address; they must be the same."
        if not channel.get("messages"):
            yield f"The channel {name} has no message."
        if channel.get("bindings", {}).get("kafka", {}).get("partitions", 0) < 1:
            yield f"The channel {name} does not say how many partitions it has."
    planned = document["components"].get("channels", {})
    for name in planned.keys() & document["channels"].keys():
        yield f"{name} is a channel and a planned one; it is one of them."
    used = set(_references({**document["channels"], **planned}))
    for name in document["components"]["messages"]:
        if f"#/components/messages/{name}" not in used:
            yield f"The message {name} is on no channel."


def _operation_faults(document: Document) -> Iterator[str]:
    for name, operation in document["operations"].items():
        channel = operation["channel"]["$ref"]
        if operation["action"] not in {"send", "receive"}:
            yield f"The operation {name} neither sends nor receives."
        for message in operation["messages"]:
            if not message["$ref"].startswith(f"{channel}/messages/"):
                yield f"The operation {name} names a message of another channel."
    sent = {
        operation["channel"]["$ref"] for operation in document["operations"].values() if operation["action"] == "send"
    }
    for name in document["channels"]:
        if f"#/channels/{name}" not in sent:
            yield f"Nobody sends on the channel {name}."


def _example_faults(document: Document, folder: Path) -> Iterator[str]:
    for name, message in document["components"]["messages"].items():
        payload = follow(message["payload"]["$ref"], document, folder)
        headers = _inlined(message["headers"], document, folder)
        for example in message.get("examples", []):
            for part, schema in (("payload", payload), ("headers", headers)):
                for fault in schema_faults(schema, example[part]):
                    yield f"The example of {name} breaks its {part}: {fault}."


def _inlined(node: Any, document: Document, folder: Path) -> Any:
    """``node`` with every reference replaced by what it points to."""
    if isinstance(node, Mapping):
        if "$ref" in node:
            return _inlined(follow(node["$ref"], document, folder), document, folder)
        return {key: _inlined(value, document, folder) for key, value in node.items()}
    return [_inlined(value, document, folder) for value in node] if isinstance(node, list) else node
