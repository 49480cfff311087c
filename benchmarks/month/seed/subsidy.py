"""Subsidy's side of the world: workers as events would have told them, funded lines, approved decrees, grants."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import asyncpg

from benchmarks.month.shape import Line, Shape
from deploy.sandbox.programme.people import APPROVER, OWNER
from deploy.sandbox.programme.plan import PROGRAMMES

INCOME_BAND = 1
_ACCOUNTS = ("appropriation", "available", "reserved", "billed", "instructed", "paid")
# Enough for every month of a year, and never the reason why somebody is not paid.
_PER_WORKER_RUPIAH = {"JKK": 12 * 10_000, "JKM": 12 * 6_800}

_WORKERS = """
INSERT INTO worker_view (worker_id, region_code, occupation_code, place_version, participant_kind, kind_version,
    decision, decision_version, enrolment_number, cover_from, enrolled_version, lapsed_version, exited_version,
    employed_version)
SELECT worker_id, region_code, occupation_code, 4, 'bpu', 2, 'verified', 2, 1, $1, 4, 0, 0, 0
FROM bench_person ORDER BY i
"""
_LINE = """
INSERT INTO funding_line (funding_line_id, version, reference, funding_source, region_code, office, budget_year,
    first_month, last_month, legal_basis, state, created_by, created_at, approved_by, approved_at)
VALUES ($1, 1, $2, $3, $4, 'Disnakertrans', $5, $6, $7, 'DPA-SKPD', 'open', $8, now(), $9, now())
"""
_BUDGET = """
INSERT INTO funding_budget (funding_line_id, programme, amount_rupiah, budget_account)
SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::text[])
"""
_JOURNAL = (
    "INSERT INTO journal (journal_id, kind, funding_line_id, subject_id, made_at) VALUES ($1, 'budget', $2, $2, now())"
)
_ENTRIES = """
INSERT INTO journal_entry (journal_id, funding_line_id, programme, account, amount_rupiah)
SELECT $1, $2, programme, account, sign * amount
FROM unnest($3::text[], $4::bigint[]) b (programme, amount),
    (VALUES ('appropriation', -1), ('available', 1)) a (account, sign)
"""
_BALANCES = """
INSERT INTO balance (funding_line_id, programme, account, amount_rupiah)
SELECT $1, programme, account,
    CASE account WHEN 'appropriation' THEN -amount WHEN 'available' THEN amount ELSE 0 END
FROM unnest($2::text[], $3::bigint[]) b (programme, amount), unnest($4::text[]) account
"""
_NAMED = """
INSERT INTO decree_worker (decree_id, worker_id, region_code, occupation_code)
SELECT decree_id, worker_id, region_code, occupation_code FROM bench_person ORDER BY i
"""
_GRANTS = """
INSERT INTO subsidy_grant (grant_id, decree_id, funding_line_id, worker_id, first_month, last_month)
SELECT bench_id('grant', i), decree_id, funding_line_id, worker_id, $1, $2 FROM bench_person ORDER BY i
"""
_LIST = """
SELECT count(*) AS workers, encode(sha256(coalesce(string_agg(
    convert_to(worker_id::text || '|' || region_code || '|' || occupation_code, 'UTF8'), '\\x0a'::bytea
    ORDER BY worker_id), ''::bytea)), 'hex') AS sha256
FROM decree_worker WHERE decree_id = $1
"""
_DECREE = """
INSERT INTO decree (decree_id, funding_line_id, region_code, budget_year, number, group_id, first_month, last_month,
    region_codes, income_band, workers, eligible, content_sha256, state, granted_on, granted, created_by, created_at,
    approved_by, approved_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, 'granted', now()::date, $11, $13, now(), $14, now())
"""
TABLES = ("worker_view", "decree_worker", "subsidy_grant")


async def sow(connection: asyncpg.Connection, shape: Shape) -> None:
    """Fill the database; ``bench_person`` is there."""
    first, last = str(shape.months[0]), str(shape.months[-1])
    await connection.execute(_WORKERS, first)
    await connection.execute(_NAMED)
    for line in shape.all_lines:
        await _open(connection, shape, line)
    await connection.execute(_GRANTS, first, last)


async def _open(connection: asyncpg.Connection, shape: Shape, line: Line) -> None:
    """A line with its whole budget, and its decree in force."""
    line_id, decree_id = line.identifier("funding-line"), line.identifier("decree")
    first, last = str(shape.months[0]), str(shape.months[-1])
    year, journal_id = shape.months[-1].year, line.identifier("journal")
    budget = [_PER_WORKER_RUPIAH[name] * shape.total for name in PROGRAMMES]
    people = (OWNER.subject, APPROVER.subject)
    listed: Any = await connection.fetchrow(_LIST, decree_id)
    content = {
        "number": line.decree_number,
        "funding_line_id": str(line_id),
        "first_month": first,
        "last_month": last,
        "region_codes": sorted(line.region_codes),
        "max_workers": None,
        "income_band": INCOME_BAND,
        "workers": listed["workers"],
        "workers_sha256": listed["sha256"],
    }
    sha256 = hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    source, region = line.funding_source, line.region_code
    async with connection.transaction():
        await connection.execute(_LINE, line_id, line.reference, source, region, year, first, last, *people)
        accounts = ["5.1.02.02.02.0006", "5.1.02.02.02.0007"]
        await connection.execute(_BUDGET, line_id, list(PROGRAMMES), budget, accounts)
        await connection.execute(_JOURNAL, journal_id, line_id)
        await connection.execute(_ENTRIES, journal_id, line_id, list(PROGRAMMES), budget)
        await connection.execute(_BALANCES, line_id, list(PROGRAMMES), budget, list(_ACCOUNTS))
        terms = (year, line.decree_number, line.identifier("group"), first, last, list(line.region_codes))
        await connection.execute(
            _DECREE, decree_id, line_id, region, *terms, INCOME_BAND, listed["workers"], sha256, *people
        )
