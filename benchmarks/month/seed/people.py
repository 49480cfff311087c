"""Everybody of the world as one table in each database, computed alike in all of them, for the seeds to select from."""

from __future__ import annotations

import asyncpg

from benchmarks.month.shape import PER_MILLE, Shape
from deploy.sandbox.programme.plan import REGENCIES

# One registration each second from January 2025: identifiers grow with time, as real ones do, and lines are mixed.
BEGAN_MS = 1_735_700_000_000
STEP_MS = 1_000
# Working occupations of the reference table.
_OCCUPATIONS = ("K08", "K09", "K11", "K13", "K14", "K19", "K20", "K21", "K23", "K26")

# A UUIDv7 whose time says when, and whose rest is a digest, so that every database computes the same one.
_ID = f"""
CREATE FUNCTION bench_id(what text, i bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex({BEGAN_MS} + i * {STEP_MS}), 12, '0') || '7' || substr(md5(what || i), 1, 3) || '8'
        || substr(md5(what || i), 4, 15))::uuid
$$
"""
_TABLE = """
CREATE UNLOGGED TABLE bench_person (
    i integer NOT NULL, worker_id uuid NOT NULL, line integer NOT NULL, funding_line_id uuid NOT NULL,
    decree_id uuid NOT NULL, group_id uuid NOT NULL, region_code text NOT NULL, occupation_code text NOT NULL
)
"""
_FILL = f"""
INSERT INTO bench_person
SELECT i, bench_id('worker', i), l.line, l.funding_line_id, l.decree_id, l.group_id,
    CASE WHEN l.region_code = '64' THEN ($2::text[])[1 + i % cardinality($2::text[])] ELSE l.region_code END,
    ($3::text[])[1 + (i / 7) % cardinality($3::text[])]
FROM generate_series(1, $1::int) i
JOIN unnest($5::int[], $6::text[], $7::int[], $8::int[], $9::uuid[], $10::uuid[], $11::uuid[])
    AS l (line, region_code, low, high, funding_line_id, decree_id, group_id)
    ON (l.line = 0) = (i <= $4::int) AND (i * 7919::bigint + 13) % {PER_MILLE} >= l.low
    AND (i * 7919::bigint + 13) % {PER_MILLE} < l.high
ORDER BY i
"""  # noqa: S608 - numbers of this file


async def gather(connection: asyncpg.Connection, shape: Shape) -> None:
    """Make the table ``bench_person`` and the function ``bench_id``; `forget` takes them away."""
    lines = shape.all_lines
    await connection.execute(_ID)
    await connection.execute(_TABLE)
    await connection.execute(
        _FILL,
        shape.total,
        list(REGENCIES),
        list(_OCCUPATIONS),
        shape.warm_up_workers,
        [line.number for line in lines],
        [line.region_code for line in lines],
        [line.low for line in lines],
        [line.high for line in lines],
        *([line.identifier(what) for line in lines] for what in ("funding-line", "decree", "group")),
    )
    await connection.execute("ANALYZE bench_person")


async def forget(connection: asyncpg.Connection) -> None:
    """Take away what `gather` has made."""
    await connection.execute("DROP TABLE bench_person")
    await connection.execute("DROP FUNCTION bench_id")
