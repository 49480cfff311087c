"""People: registering many at once, finding them by token, and what changes in their membership."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from asyncpg import Record, UniqueViolationError

from shared.database import Transaction

WORKER_COLUMNS = (
    "worker_id",
    "version",
    "status",
    "decision",
    "decision_id",
    "region_code",
    "village_code",
    "occupation_code",
    "participant_kind",
    "registered_on",
    "roster_id",
    "row_number",
    "enrolment_number",
)
PERSON_COLUMNS = ("worker_id", "kek_id", "wrapped_key", "profile", "nik_token", "near_token")
DECISION_COLUMNS = (
    "decision_id",
    "worker_id",
    "outcome",
    "reasons",
    "kind",
    "decided_by",
    "rules_version",
    "inputs",
    "decided_on",
    "decided_at",
)
HISTORY_COLUMNS = ("worker_id", "version", "status", "since", "cause")

_KNOWN = """
SELECT DISTINCT t.row FROM unnest($1::int[], $2::bytea[]) AS t(row, token)
JOIN person AS p ON p.nik_token = t.token
"""
_NEAR = """
SELECT DISTINCT ON (t.worker_id) t.worker_id, o.worker_id AS other_id
FROM unnest($1::uuid[], $2::bytea[]) AS t(worker_id, token)
JOIN person AS o ON o.near_token = t.token AND o.worker_id < t.worker_id
ORDER BY t.worker_id, o.worker_id
"""
# One person in one statement: at a desk it is the trips to the database that take the time.
_ADD_ONE = """
WITH w AS (
    INSERT INTO worker (worker_id, version, status, decision, decision_id, region_code, village_code, occupation_code,
        participant_kind, registered_on, roster_id, row_number, enrolment_number)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
), p AS (
    INSERT INTO person (worker_id, kek_id, wrapped_key, profile, nik_token, near_token)
    VALUES ($14, $15, $16, $17, $18, $19)
), d AS (
    INSERT INTO decision (decision_id, worker_id, outcome, reasons, kind, decided_by, rules_version, inputs, decided_on,
        decided_at)
    VALUES ($20, $21, $22, $23, $24, $25, $26, $27, $28, $29)
)
INSERT INTO worker_history (worker_id, version, status, since, cause)
VALUES ($30, $31, $32, $33, $34), ($35, $36, $37, $38, $39)
"""
_BEFORE = """
SELECT EXISTS (SELECT FROM person WHERE nik_token = ANY ($1::bytea[])) AS is_known,
    (SELECT worker_id FROM person WHERE near_token = $2 ORDER BY worker_id LIMIT 1) AS near_id,
    ARRAY (SELECT kind FROM check_token WHERE token = $3 ORDER BY kind) AS kinds
"""
_SET_KPJ = """
UPDATE person AS p SET kpj = t.kpj, kpj_token = t.token
FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS t(worker_id, kpj, token)
WHERE p.worker_id = t.worker_id
"""
_MOVE = """
UPDATE worker AS w SET status = t.status, version = t.version
FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS t(worker_id, version, status)
WHERE w.worker_id = t.worker_id
"""
_ENROL = """
UPDATE worker AS w
SET status = 'enrolled', version = t.version, enrolment_number = t.number, cover_from = t.cover_from
FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::date[]) AS t(worker_id, version, number, cover_from)
WHERE w.worker_id = t.worker_id
"""
_END_ENROLMENT = """
UPDATE enrolment AS e SET ended_on = t.ended_on
FROM unnest($1::uuid[], $2::int[], $3::date[]) AS t(worker_id, number, ended_on)
WHERE e.worker_id = t.worker_id AND e.enrolment_number = t.number
"""

Rows = Sequence[tuple[Any, ...]]


class NikTakenError(Exception):
    """Another transaction has registered one of these people meanwhile; this one cannot go on."""


async def known_rows(tx: Transaction, tokens_by_row: Mapping[int, Sequence[bytes]]) -> set[int]:
    """The rows of which any token belongs to somebody who is registered."""
    pairs = [(row, token) for row, tokens in tokens_by_row.items() for token in tokens]
    found = await tx.fetch(_KNOWN, [row for row, _ in pairs], [token for _, token in pairs])
    return {record["row"] for record in found}


async def add_people(tx: Transaction, workers: Rows, persons: Rows, decisions: Rows, history: Rows) -> None:
    """Add registered people, each with profile, decision and history. Raises NikTakenError."""
    await tx.copy_rows("worker", WORKER_COLUMNS, workers)
    try:
        await tx.copy_rows("person", PERSON_COLUMNS, persons)
    except UniqueViolationError:
        raise NikTakenError from None
    await tx.copy_rows("decision", DECISION_COLUMNS, decisions)
    await tx.copy_rows("worker_history", HISTORY_COLUMNS, history)


async def add_person(
    tx: Transaction,
    worker: tuple[Any, ...],
    person: tuple[Any, ...],
    decision: tuple[Any, ...],
    history: Sequence[tuple[Any, ...]],
) -> None:
    """The same for one person, whose history has two entries."""
    registered, decided = history
    try:
        await tx.run(_ADD_ONE, *worker, *person, *decision, *registered, *decided)
    except UniqueViolationError:
        raise NikTakenError from None


async def known_before(tx: Transaction, tokens: Sequence[bytes], near_token: bytes) -> Record:
    """What is known of one who comes: whether the NIK is registered (``is_known``), the first worker of that name and
    birth date (``near_id``), and the check lists that name the NIK (``kinds``). ``tokens`` begin with the current one.
    """
    return (await tx.fetch(_BEFORE, list(tokens), near_token, tokens[0]))[0]


async def near_duplicates(tx: Transaction, people: Sequence[tuple[UUID, bytes]]) -> list[Record]:
    """Of these people (worker, token of name and birth date), those whom an earlier one equals (``other_id``)."""
    return await tx.fetch(_NEAR, [worker_id for worker_id, _ in people], [token for _, token in people])


async def set_kpj(
    tx: Transaction, worker_ids: Sequence[UUID], sealed: Sequence[bytes], tokens: Sequence[bytes]
) -> None:
    """Store the sealed member numbers of BPJS."""
    await tx.run(_SET_KPJ, list(worker_ids), list(sealed), list(tokens))


async def move_workers(tx: Transaction, moves: Sequence[tuple[UUID, int, str, date, str]]) -> None:
    """Change the status of workers: (id, new version, new status, since, cause), with their history."""
    ids, versions, statuses, _, _ = (list(column) for column in zip(*moves, strict=True))
    await tx.run(_MOVE, ids, versions, statuses)
    history = [(worker_id, version, status, since, cause) for worker_id, version, status, since, cause in moves]
    await tx.copy_rows("worker_history", HISTORY_COLUMNS, history)


async def set_versions(tx: Transaction, versions: Sequence[tuple[UUID, int, str]]) -> None:
    """Raise the version of workers whose status stays: (id, new version, status)."""
    await tx.run(_MOVE, [v[0] for v in versions], [v[1] for v in versions], [v[2] for v in versions])


async def enrol_workers(
    tx: Transaction, group_id: UUID, enrolled: Sequence[tuple[UUID, int, int, date, date]], moment: Any
) -> None:
    """Enrol workers: (id, new version, enrolment number, cover from, enrolled on)."""
    ids, versions, numbers, covers, _ = (list(column) for column in zip(*enrolled, strict=True))
    await tx.run(_ENROL, ids, versions, numbers, covers)
    await tx.copy_rows(
        "enrolment",
        ("worker_id", "enrolment_number", "group_id", "cover_from", "enrolled_on", "recorded_at"),
        [(worker_id, number, group_id, cover, day, moment) for worker_id, _, number, cover, day in enrolled],
    )
    history = [(worker_id, version, "enrolled", day, "group-answer") for worker_id, version, _, _, day in enrolled]
    await tx.copy_rows("worker_history", HISTORY_COLUMNS, history)


async def end_enrolments(tx: Transaction, ended: Sequence[tuple[UUID, int, date]]) -> None:
    """End enrolments: (worker, enrolment number, first day without membership)."""
    await tx.run(_END_ENROLMENT, [e[0] for e in ended], [e[1] for e in ended], [e[2] for e in ended])
