"""The API's description, complete: problems, security, the Idempotency-Key of writes; and a form for the docs page.

FastAPI writes OpenAPI 3.1. The page's viewer reads 3.0 at most, so the page gets a translation; programs get 3.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.http.access import Declaration, RouteTable
from shared.http.idempotency import KEY_HEADER, KEY_PATTERN, REPLAYED_HEADER
from shared.http.problems import MEDIA_TYPE, TYPE_PREFIX, ProblemType

_ALWAYS = frozenset({400, 422, 429, 500, 503})
_SIGNED_IN = frozenset({401, 403})
_WITH_BODY = frozenset({408, 413})
_WITH_KEY = frozenset({409})
_NAMED_PLACE = frozenset({404})

# The API page sends a new key in the place of this one, so that a second try is a second command.
EXAMPLE_KEY = "0197c1f4-6d3a-7c55-9b1e-2f1d3c4b5a69"

_TEXT = {"type": "string"}
_PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A refusal as in RFC 9457. `title` and `detail` are Indonesian.",
    "required": ["type", "title", "title_en", "status", "detail", "detail_en"],
    "properties": {
        "type": {"type": "string", "description": f"Stable: {TYPE_PREFIX} and a code; see docs/problems.md."},
        "title": _TEXT,
        "title_en": _TEXT,
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do next, in Indonesian."},
        "detail_en": {"type": "string", "description": "What to do next, in English."},
        "instance": {"type": "string", "description": "The request's number; tell it when asking for help."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["in", "pointer", "code", "detail", "detail_en"],
                "properties": {
                    "in": {"type": "string", "enum": ["body", "query", "path", "header", "cookie"]},
                    "pointer": {"type": "string", "description": "A JSON pointer (RFC 6901) to the field."},
                    "code": _TEXT,
                    "detail": _TEXT,
                    "detail_en": _TEXT,
                },
            },
        },
    },
    "additionalProperties": True,
}
_KEY_PARAMETER: dict[str, Any] = {
    "name": KEY_HEADER,
    "in": "header",
    "required": True,
    "description": "A new UUID for each command; the same one only to repeat that command.",
    "schema": {"type": "string", "pattern": KEY_PATTERN, "minLength": 16, "maxLength": 200},
    "example": EXAMPLE_KEY,
}
_REPLAYED = {"description": "true when this is the stored answer to an earlier request.", "schema": {"type": "string"}}


def build_openapi(app: FastAPI, table: RouteTable, problems: Iterable[ProblemType]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of ``app``, with what the kit adds to every operation."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
    )
    by_status = _problems_by_status(problems)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM_SCHEMA
    operations = table.by_operation()
    for template, path in document.get("paths", {}).items():
        for method, operation in path.items():
            _complete(operation, operations[template, method], by_status)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document


def _problems_by_status(problems: Iterable[ProblemType]) -> dict[int, list[ProblemType]]:
    by_status: dict[int, list[ProblemType]] = {}
    for problem in problems:
        by_status.setdefault(problem.status, []).append(problem)
    return by_status


def _complete(operation: dict[str, Any], declared: Declaration, by_status: dict[int, list[ProblemType]]) -> None:
    responses = operation.setdefault("responses", {})
    statuses = set(_ALWAYS)
    if not declared.is_public:
        statuses |= _SIGNED_IN
    if "requestBody" in operation:
        statuses |= _WITH_BODY
    if "{" in declared.template:
        statuses |= _NAMED_PLACE
    if declared.takes_key:
        statuses |= _WITH_KEY
        operation.setdefault("parameters", []).append(_KEY_PARAMETER)
        for status, response in responses.items():
            if status.startswith("2"):
                response.setdefault("headers", {})[REPLAYED_HEADER] = _REPLAYED
    for status in sorted(statuses):
        responses[str(status)] = _problem_response(by_status.get(status, []))
    # The router's own and the services' later refusals.
    responses.setdefault("default", _problem_response([]))


def _problem_response(problems: list[ProblemType]) -> dict[str, Any]:
    meaning = "; ".join(f"`{problem.code}`: {problem.title_en}" for problem in problems)
    return {
        "description": meaning or "A problem.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def as_openapi_3_0(document: dict[str, Any]) -> dict[str, Any]:
    """The same description in OpenAPI 3.0.3, for viewers that do not read 3.1."""
    translated: dict[str, Any] = _translate(document)
    translated["openapi"] = "3.0.3"
    translated.pop("webhooks", None)
    translated.pop("jsonSchemaDialect", None)
    return translated


def _translate(node: Any) -> Any:
    if isinstance(node, list):
        return [_translate(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {name: _translate(value) for name, value in node.items()}
    _nullable(result)
    if "const" in result and not isinstance(result["const"], dict):
        result["enum"] = [result.pop("const")]
    for bound in ("Minimum", "Maximum"):
        exclusive = f"exclusive{bound}"
        if isinstance(result.get(exclusive), int | float) and not isinstance(result[exclusive], bool):
            result[bound.lower()] = result[exclusive]
            result[exclusive] = True
    if isinstance(result.get("examples"), list):
        examples = result.pop("examples")
        if examples:
            result["example"] = examples[0]
    if isinstance(result.get("prefixItems"), list):
        result["items"] = {"anyOf": result.pop("prefixItems")}
    return result


def _nullable(schema: dict[str, Any]) -> None:
    """``{"anyOf": [X, {"type": "null"}]}`` is ``nullable`` in 3.0."""
    choices = schema.get("anyOf")
    if not isinstance(choices, list) or {"type": "null"} not in choices:
        return
    rest = [choice for choice in choices if choice != {"type": "null"}]
    schema["nullable"] = True
    if len(rest) == 1 and "$ref" not in rest[0]:
        del schema["anyOf"]
        schema.update({name: value for name, value in rest[0].items() if name not in schema})
    else:
        schema["anyOf"] = rest
