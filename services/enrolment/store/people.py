"""People: registering many at once, finding them by token, and what changes in their membership."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from asyncpg import Record, UniqueViolationError
from sqlmodel import SQLModel

from services.enrolment.rules.states import MembershipStatus
from services.enrolment.tables import Decision, Enrolment, Person, Worker, WorkerHistory
from shared.database import Transaction
from shared.database.records import columns, record


def _places(first: int, table: type[SQLModel]) -> str:
    """The placeholders of a table's columns, from ``first`` on."""
    return ", ".join(f"${first + place}" for place in range(len(table.model_fields)))


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
# One person in one statement: in a single registration it is the trips to the database that take the time.
_ADD_ONE = f"""
WITH w AS (
    INSERT INTO worker ({columns(Worker)}) VALUES ({_places(1, Worker)})
), p AS (
    INSERT INTO person ({columns(Person)}) VALUES ({_places(15, Person)})
), d AS (
    INSERT INTO decision ({columns(Decision)}) VALUES ({_places(23, Decision)})
)
INSERT INTO worker_history ({columns(WorkerHistory)})
VALUES ({_places(33, WorkerHistory)}), ({_places(38, WorkerHistory)})
"""  # noqa: S608 - columns of our own tables
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
FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::text[]) AS t(worker_id, version, number, cover_from)
WHERE w.worker_id = t.worker_id
"""
_END_ENROLMENT = """
UPDATE enrolment AS e SET ended_on = t.ended_on
FROM unnest($1::uuid[], $2::int[], $3::date[]) AS t(worker_id, number, ended_on)
WHERE e.worker_id = t.worker_id AND e.enrolment_number = t.number
"""
_NOT_VERIFIED = """
SELECT DISTINCT t.worker_id FROM unnest($1::uuid[]) AS t(worker_id)
LEFT JOIN worker AS w ON w.worker_id = t.worker_id
WHERE w.worker_id IS NULL OR w.decision <> 'verified'
"""


_BY_ANSWER = "group-answer"


class NikTakenError(Exception):
    """Another transaction has registered one of these people meanwhile; this one cannot go on."""


async def find_known_rows(tx: Transaction, tokens_by_row: Mapping[int, Sequence[bytes]]) -> set[int]:
    """The rows of which any token belongs to somebody who is registered."""
    pairs = [(row, token) for row, tokens in tokens_by_row.items() for token in tokens]
    rows = await tx.fetch(_KNOWN, [row for row, _ in pairs], [token for _, token in pairs])
    return {row["row"] for row in rows}


async def add(
    tx: Transaction,
    workers: Sequence[Worker],
    persons: Sequence[Person],
    decisions: Sequence[Decision],
    history: Sequence[WorkerHistory],
) -> None:
    """Add registered people, each with profile, decision and history. Raises NikTakenError."""
    await _copy(tx, workers)
    try:
        await _copy(tx, persons)
    except UniqueViolationError:
        raise NikTakenError from None
    await _copy(tx, decisions)
    await _copy(tx, history)


async def add_one(
    tx: Transaction, worker: Worker, person: Person, decision: Decision, history: Sequence[WorkerHistory]
) -> None:
    """The same for one person, whose history has two entries."""
    values = (value for record in (worker, person, decision, *history) for value in vars(record).values())
    try:
        await tx.run(_ADD_ONE, *values)
    except UniqueViolationError:
        raise NikTakenError from None


async def look_up(tx: Transaction, tokens: Sequence[bytes], near_token: bytes) -> Record:
    """What is known of one who comes: whether the NIK is registered (``is_known``), the first worker of that name and
    birth date (``near_id``), and the check lists that name the NIK (``kinds``). ``tokens`` begin with the current one.
    """
    return (await tx.fetch(_BEFORE, list(tokens), near_token, tokens[0]))[0]


async def find_near(tx: Transaction, people: Sequence[Person]) -> list[Record]:
    """Of these people, those whom an earlier one equals in name and birth date (``other_id``)."""
    return await tx.fetch(_NEAR, [person.worker_id for person in people], [person.near_token for person in people])


async def set_kpj(
    tx: Transaction, worker_ids: Sequence[UUID], sealed: Sequence[bytes], tokens: Sequence[bytes]
) -> None:
    """Store the sealed member numbers of BPJS."""
    await tx.run(_SET_KPJ, list(worker_ids), list(sealed), list(tokens))


async def move(tx: Transaction, moves: Sequence[WorkerHistory]) -> None:
    """Change the status of workers to what these new entries of their histories say."""
    await set_versions(tx, [(entry.worker_id, entry.version, entry.status) for entry in moves])
    await _copy(tx, moves)


async def set_versions(tx: Transaction, versions: Sequence[tuple[UUID, int, str]]) -> None:
    """Raise the version of workers: (id, new version, status)."""
    await tx.run(_MOVE, *(list(column) for column in zip(*versions, strict=True)))


async def enrol(tx: Transaction, enrolments: Sequence[Enrolment], versions: Mapping[UUID, int]) -> None:
    """Enrol workers; ``versions`` are their new ones."""
    await tx.run(
        _ENROL,
        [enrolment.worker_id for enrolment in enrolments],
        [versions[enrolment.worker_id] for enrolment in enrolments],
        [enrolment.enrolment_number for enrolment in enrolments],
        [enrolment.cover_from for enrolment in enrolments],
    )
    await _copy(tx, enrolments)
    history = [
        {
            "worker_id": enrolment.worker_id,
            "version": versions[enrolment.worker_id],
            "status": MembershipStatus.ENROLLED,
            "since": enrolment.enrolled_on,
            "cause": _BY_ANSWER,
        }
        for enrolment in enrolments
    ]
    await _copy(tx, [record(WorkerHistory, entry) for entry in history])


async def end_enrolments(tx: Transaction, ended: Sequence[tuple[UUID, int, date]]) -> None:
    """End enrolments: (worker, enrolment number, first day without membership)."""
    await tx.run(_END_ENROLMENT, *(list(column) for column in zip(*ended, strict=True)))


async def find_unverified(tx: Transaction, worker_ids: Sequence[UUID]) -> list[UUID]:
    """Those of these workers who are unknown or not verified."""
    return [row["worker_id"] for row in await tx.fetch(_NOT_VERIFIED, list(worker_ids))]


async def _copy(tx: Transaction, new: Sequence[SQLModel]) -> None:
    """Records of one table into it."""
    names = list(vars(new[0]))
    await tx.copy_rows(str(new[0].__tablename__), names, [tuple(vars(row).values()) for row in new])
