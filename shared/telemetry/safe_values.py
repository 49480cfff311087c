"""The allow-list of what may stand in a log line, and the last net below it.

Keys that are not listed are dropped and counted. Values of listed keys are cut to plain short ones, and digit runs
that could be a NIK or a phone number are masked even there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

MAX_TEXT_LENGTH = 500
MAX_LIST_LENGTH = 20
MASK = "[masked]"

# Ten or more digits, also with the separators people use. Identifiers and network addresses, which may consist of
# digits alone, are matched first and stay; letters beside the digits protect nothing ("NIK-6472...").
_UUID = r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"(?<![0-9A-Za-z.\-]){_OCTET}(?:\.{_OCTET}){{3}}(?![0-9A-Za-z]|[ ._/\-]?[0-9])"
DIGIT_RUN = re.compile(rf"(?P<harmless>{_UUID}|{_IPV4})|\+?\d(?:[ ._/\-\u00a0\u202f]?\d){{9,}}")
E_MAIL = re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9.\-]+\.[A-Za-z]{2,}")
NIK_SIZED_NUMBER = 10**15

ALLOWED_KEYS = frozenset(
    {
        # who speaks
        "event", "level", "timestamp", "logger", "service", "role", "version", "trace_id", "span_id", "dropped_keys",
        # errors
        "error", "error_type", "sqlstate", "detail", "at",
        # messaging
        "topic", "topics", "partition", "partitions", "offset", "records", "events", "batch", "held_slots", "slots",
        "event_id", "reason_code", "lag", "parked", "repeats", "published",
        # pseudonymous identifiers of the programme
        "worker_id", "employer_id", "aggregate_id", "request_id", "month",
        # work and time
        "attempt", "attempts", "retry_in_s", "duration_ms", "duration_s", "age_s", "limit_s", "stall_s",
        "count", "rows", "job", "period_key", "missed", "component", "components",
        # health and lifecycle
        "check", "answer", "status", "figure", "unit", "advice", "signal", "exit_code", "host", "port", "settings",
        "database_revision", "code_revision", "revisions", "python", "sentence",
        # HTTP: the route's template, never the path with its values
        "method", "route", "status_code", "problem_type",
    }
)  # fmt: skip


def mask_text(text: str) -> str:
    """``text`` cut to a length and without anything that looks like a NIK, a phone number or an e-mail address."""
    shortened = text if len(text) <= MAX_TEXT_LENGTH else text[: MAX_TEXT_LENGTH - 1] + "…"
    return E_MAIL.sub(MASK, DIGIT_RUN.sub(_masked_unless_harmless, shortened))


def _masked_unless_harmless(found: re.Match[str]) -> str:
    return found["harmless"] or MASK


def safe_value(value: Any, depth: int = 0) -> Any:
    """A plain, short, masked form of ``value``; an object of an unknown type becomes its type's name."""
    if isinstance(value, Enum):
        return safe_value(value.value, depth)
    if value is None or isinstance(value, bool | int | float | Decimal):
        return _safe_number(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, str):
        return mask_text(value)
    return _safe_collection(value, depth)


def _safe_number(value: float | Decimal | None) -> float | str | None:
    if value is None or isinstance(value, bool):
        return value
    if not math.isfinite(value):
        return str(value)  # JSON has no such numbers; a line with one could not be read
    if value >= NIK_SIZED_NUMBER or value <= -NIK_SIZED_NUMBER:
        return MASK
    return int(value) if isinstance(value, int) else float(value)


def _safe_collection(value: Any, depth: int) -> Any:
    if depth < 3 and isinstance(value, list | tuple | set | frozenset):
        return [safe_value(item, depth + 1) for item in list(value)[:MAX_LIST_LENGTH]]
    if depth < 3 and isinstance(value, Mapping):
        return {mask_text(str(key)): safe_value(item, depth + 1) for key, item in value.items()}
    return f"<{type(value).__name__}>"
