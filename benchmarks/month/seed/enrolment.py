"""Enrolment's side of the world: one registered roster, its people, their decisions, groups that BPJS has accepted.

Sealed columns hold bytes of the right length that no key opens: nothing in a month reads them.
"""

from __future__ import annotations

import asyncpg

from benchmarks.month.seed.subsidy import INCOME_BAND
from benchmarks.month.shape import Shape
from deploy.sandbox.programme.plan import PROGRAMMES

_ROSTER = """
INSERT INTO roster (roster_id, content_sha256, area_codes, uploaded_by, uploaded_at, kind, encoding, size_bytes, state,
    reason_facts, next_byte, next_row, rows, accepted_rows, refused_rows, registered_through, accepted_by, accepted_at,
    registered_at, kek_id)
VALUES (bench_id('roster', 0), repeat('0', 64), '{64}', 'petugas-pendata', now(), 'csv', 'utf-8', 0, 'registered',
    '{}', 0, $1::int + 1, $1, $1, 0, $1, 'verifikator-kabupaten', now(), now(), 'bench')
"""
_ROWS = """
INSERT INTO roster_row (roster_id, row_number, status, nik_tail, nik_token)
SELECT bench_id('roster', 0), i, 'accepted', lpad((i % 10000)::text, 4, '0'), sha256(('nik' || i)::bytea)
FROM bench_person ORDER BY i
"""
_WORKERS = """
INSERT INTO worker (worker_id, version, status, decision, decision_id, region_code, village_code, occupation_code,
    participant_kind, registered_on, roster_id, row_number, enrolment_number, cover_from)
SELECT worker_id, 4, 'enrolled', 'verified', bench_id('decision', i), region_code,
    region_code || lpad((i % 900000)::text, 6, '1'), occupation_code, 'bpu', $1, bench_id('roster', 0), i, 1, $2
FROM bench_person ORDER BY i
"""
_PERSONS = """
INSERT INTO person (worker_id, kek_id, wrapped_key, profile, nik_token, near_token, kpj, kpj_token)
SELECT worker_id, 'bench', sha512(('key' || i)::bytea), sha512(('a' || i)::bytea) || sha512(('b' || i)::bytea)
    || sha512(('c' || i)::bytea), sha256(('nik' || i)::bytea), sha256(('near' || i)::bytea),
    sha512(('kpj' || i)::bytea), sha256(('kpj' || i)::bytea)
FROM bench_person ORDER BY i
"""
_DECISIONS = """
INSERT INTO decision (decision_id, worker_id, outcome, reasons, kind, decided_by, rules_version, inputs, decided_on,
    decided_at)
SELECT bench_id('decision', i), worker_id, 'verified', '{}', 'automatic', 'rules', '2026-01', '{"checks": {}}', $1,
    now()
FROM bench_person ORDER BY i
"""
_HISTORY = """
INSERT INTO worker_history (worker_id, version, status, since, cause)
SELECT worker_id, version, status, $1, cause
FROM bench_person, (VALUES (1, 'registered', 'roster'), (2, 'verified', 'decision'), (4, 'enrolled', 'bpjs'))
    h (version, status, cause)
ORDER BY i, version
"""
_ENROLMENTS = """
INSERT INTO enrolment (worker_id, enrolment_number, group_id, cover_from, enrolled_on, recorded_at)
SELECT worker_id, 1, group_id, $2, $1, now() FROM bench_person ORDER BY i
"""
_GRANTS = """
INSERT INTO subsidy_grant (grant_id, worker_id, group_id, first_month, last_month, granted_version)
SELECT bench_id('grant', i), worker_id, group_id, $1, $2, 1 FROM bench_person ORDER BY i
"""
_GROUPS = """
INSERT INTO member_group (group_id, decree_id, decree_number, programmes, income_band, first_month, last_month, lists)
SELECT *, $4, $5, $6, $7, 1 FROM unnest($1::uuid[], $2::uuid[], $3::text[])
"""
_MEMBERS = """
INSERT INTO group_member (group_id, worker_id, state, list_number, accepted_part, answered_on)
SELECT group_id, worker_id, 'accepted', 1, 1, $1 FROM bench_person ORDER BY i
"""
_LISTS = """
INSERT INTO group_list (group_id, list_number, state, first_month, rows, cut_at, written_at)
SELECT group_id, 1, 'written', $1, count(*), now(), now() FROM bench_person GROUP BY group_id
"""
TABLES = (
    *("roster_row", "worker", "person", "decision", "worker_history", "enrolment", "subsidy_grant", "group_member"),
    *("member_group", "group_list", "cover_line"),
)


async def sow(connection: asyncpg.Connection, shape: Shape) -> None:
    """Fill the database; ``bench_person`` is there."""
    first, last, today = str(shape.months[0]), str(shape.months[-1]), shape.months[0].first_day
    await connection.execute(_ROSTER, shape.total)
    await connection.execute(_ROWS)
    await connection.execute(_WORKERS, today, first)
    await connection.execute(_PERSONS)
    for statement in (_DECISIONS, _HISTORY, _MEMBERS):
        await connection.execute(statement, today)
    await connection.execute(_ENROLMENTS, today, first)
    await connection.execute(_LISTS, first)
    await connection.execute(_GRANTS, first, last)
    lines = shape.all_lines
    await connection.execute(
        _GROUPS,
        [line.identifier("group") for line in lines],
        [line.identifier("decree") for line in lines],
        [line.decree_number for line in lines],
        list(PROGRAMMES),
        INCOME_BAND,
        first,
        last,
    )
