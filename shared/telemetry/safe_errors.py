"""Describes an exception by class, SQLSTATE and place in the code, without its message.

Messages quote the values that led to them (PostgreSQL's DETAIL shows whole rows), so they are withheld unless the
exception says by an attribute ``safe_message`` that its text was written for everybody's eyes.
"""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import Any

from pydantic import ValidationError

ROOT = Path(__file__).resolve().parents[2]
MAX_FRAMES = 12
MAX_CAUSES = 5

# What PostgreSQL tells about its own objects: names of the schema, never of people.
SCHEMA_FACTS = ("sqlstate", "constraint_name", "table_name", "column_name")


def describe_error(error: BaseException) -> dict[str, Any]:
    """The facts about ``error`` that may be logged: type, place, schema facts, causes by type."""
    facts: dict[str, Any] = {"type": _type_name(error)}
    facts.update(_facts(error))
    frames = _frames(error)
    if frames:
        facts["at"] = next((frame for frame in reversed(frames) if _is_ours(frame)), frames[-1])
        facts["frames"] = frames[-MAX_FRAMES:]
    causes = _causes(error)
    if causes:
        facts["causes"] = causes
    if isinstance(error, BaseExceptionGroup):
        facts["parts"] = [describe_error(part) for part in error.exceptions[:MAX_CAUSES]]
    return facts


def _type_name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _facts(error: BaseException) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    original = getattr(error, "orig", None)  # SQLAlchemy wraps the driver's error
    for source in (error, original, getattr(original, "__cause__", None)):
        for name in SCHEMA_FACTS:
            value = getattr(source, name, None)
            if isinstance(value, str):
                facts.setdefault(name, value)
    if isinstance(error, OSError) and error.errno is not None:
        facts["message"] = os.strerror(error.errno)
    elif isinstance(error, ValidationError):
        # Kinds only: places may be keys of the input, inputs are the data itself.
        kinds = sorted({detail["type"] for detail in error.errors(include_url=False, include_input=False)})
        facts["message"] = f"{error.error_count()} field errors in {error.title}: {', '.join(kinds[:MAX_CAUSES])}"
    safe_message = getattr(error, "safe_message", None)
    if isinstance(safe_message, str):
        facts["message"] = safe_message
    return facts


def _frames(error: BaseException) -> list[str]:
    return [
        f"{_short_path(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]


def _short_path(file_name: str) -> str:
    path = Path(file_name)
    if path.is_relative_to(ROOT) and "site-packages" not in path.parts:
        return str(path.relative_to(ROOT))
    return "/".join(path.parts[-2:])


def _is_ours(frame: str) -> bool:
    return frame.startswith(("services/", "shared/", "deploy/", "tests/"))


def _causes(error: BaseException) -> list[str]:
    causes: list[str] = []
    seen = {id(error)}
    current = error.__cause__ or error.__context__
    while current is not None and id(current) not in seen and len(causes) < MAX_CAUSES:
        seen.add(id(current))
        causes.append(_type_name(current))
        current = current.__cause__ or current.__context__
    return causes
