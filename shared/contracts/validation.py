"""Checks a body against a published schema the way an outside reader would: with the jsonschema library.

Only developers and CI need it; services check bodies with the event classes, which is faster.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped, unused-ignore]


def schema_faults(schema: Mapping[str, Any], body: object) -> list[str]:
    """What ``schema`` has against ``body``, formats included: "path: keyword" each, never a value of the body."""
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [
        f"{'.'.join(str(part) for part in error.absolute_path) or 'body'}: {error.validator}"
        for error in validator.iter_errors(body)
    ]
