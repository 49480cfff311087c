"""The readers of the floor: records in, inbox and state written in one transaction, offsets committed after it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import asyncpg
import pydantic_core
import uuid_utils

from benchmarks.assignment import Assignment
from benchmarks.month.rival import JKK_RUPIAH, JKM_RUPIAH, PARTITIONS, RivalMonth
from benchmarks.raw_clients import RawReader, Taken
from shared.ids import fast_uuid

Rows = list[tuple[Any, ...]]
Row = Callable[[Mapping[str, Any], str, datetime], tuple[Any, ...]]

_INBOX: Final = """
INSERT INTO inbox (event_id, body_hash) SELECT * FROM unnest($1::uuid[], $2::bigint[])
ON CONFLICT (event_id) DO NOTHING
"""
# Topics overtake each other, also without any rule: whoever comes first makes the line.
_DUE: Final = """
INSERT INTO cover_line (worker_id, month, contribution_id, due_version, due_rupiah, due_on, due_at, group_id,
    paid_rupiah, payments, is_settled, credited_rupiah)
SELECT t.*, 0, 0, false, 0
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::bigint[], $6::date[], $7::timestamptz[], $8::uuid[]) t
ON CONFLICT (worker_id, month, contribution_id) DO UPDATE SET due_version = excluded.due_version,
    due_rupiah = excluded.due_rupiah, due_on = excluded.due_on, due_at = excluded.due_at, group_id = excluded.group_id
"""
_PAID: Final = """
INSERT INTO cover_line (worker_id, month, contribution_id, paid_rupiah, payments, is_settled, credited_rupiah)
SELECT t.*, 1, true, 0 FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[]) t
ON CONFLICT (worker_id, month, contribution_id) DO UPDATE
SET paid_rupiah = cover_line.paid_rupiah + excluded.paid_rupiah, payments = cover_line.payments + 1, is_settled = true
"""
_MESSAGE: Final = """
INSERT INTO message (message_id, recipient_id, period, region_code, facts, cause_event_id, recipient_kind, purpose,
    state, version, attempts, created_at, not_before)
SELECT n.*, 'worker', 'paid', 'queued', 0, 0, now(), now()
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::uuid[]) n
"""


class _Reader(RawReader):
    """Reads ``topics``: each with a statement, and a function from body, month and moment to its arguments."""

    def __init__(self, assignment: Assignment, topics: Mapping[str, tuple[str, Row]]) -> None:
        super().__init__(assignment, list(topics), PARTITIONS)
        self._topics = topics
        self._month = str(RivalMonth.from_orders(assignment.more).month)

    def _parse(self, taken: Taken) -> dict[str, tuple[Rows, Rows]]:
        """By topic: rows of the inbox, and rows of the state in order of their keys."""
        parsed: dict[str, tuple[Rows, Rows]] = {}
        for place, records in taken.items():
            inbox, state = parsed.setdefault(place.topic, ([], []))
            make = self._topics[place.topic][1]
            for record in records:
                headers = dict(record.headers)
                event_id = fast_uuid(headers["ce_id"].decode())
                at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
                inbox.append((event_id, hash(record.value)))
                body = pydantic_core.from_json(record.value)
                state.append((*make(body, self._month, at), event_id))
        return parsed

    async def _write(self, connection: asyncpg.Connection, parsed: Mapping[str, tuple[Rows, Rows]]) -> int:
        async with connection.transaction():
            for topic, (inbox, state) in parsed.items():
                statement = self._topics[topic][0]
                await connection.execute(_INBOX, *_columns(inbox))
                state.sort()
                await connection.execute(statement, *_columns(state)[: statement.count("[]")])
        return sum(len(inbox) for inbox, _ in parsed.values())


class CoverWork(_Reader):
    """Enrolment's part: lines of what is due and what is paid. ``done`` counts both."""

    def __init__(self, assignment: Assignment) -> None:
        month = RivalMonth.from_orders(assignment.more)
        super().__init__(assignment, {month.due_topic: (_DUE, _due), month.paid_topic: (_PAID, _paid)})


class NoticeWork(_Reader):
    """Notification's part: a message for each paid month."""

    def __init__(self, assignment: Assignment) -> None:
        month = RivalMonth.from_orders(assignment.more)
        super().__init__(assignment, {month.paid_topic: (_MESSAGE, _notice)})


_FACTS: Final = json.dumps({"programmes": ["JKK", "JKM"], "amount_rupiah": JKK_RUPIAH + JKM_RUPIAH})


def _due(body: Mapping[str, Any], month: str, at: datetime) -> tuple[Any, ...]:
    ids = (fast_uuid(body["subject_id"]), month, fast_uuid(body["contribution_id"]))
    due_on = date.fromisoformat(body["due_on"])
    return (*ids, body["aggregate_version"], body["amount_rupiah"], due_on, at, fast_uuid(body["group_id"]))


def _paid(body: Mapping[str, Any], month: str, _: datetime) -> tuple[Any, ...]:
    return fast_uuid(body["subject_id"]), month, fast_uuid(body["contribution_id"]), body["amount_rupiah"]


def _notice(body: Mapping[str, Any], month: str, _: datetime) -> tuple[Any, ...]:
    message_id = fast_uuid(uuid_utils.uuid7().bytes)
    return message_id, fast_uuid(body["subject_id"]), month, body["region_code"], _FACTS


def _columns(rows: Rows) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
