"""The SQL of an area scope gives exactly the rows that the scope allows, in a real database, by generated cases."""

from __future__ import annotations

import random

from sqlalchemy import select

from shared.access.areas import AreaScope
from shared.database import Database
from tests.shared.http.demo import VISIT

_CASES = 300
RAW = "SELECT area_code FROM visit WHERE area_code ^@ ANY($1::text[])"


def _code(dice: random.Random) -> str:
    code = dice.choice(["64", "65"])
    for _ in range(dice.randrange(3)):
        code += dice.choice(["01", "09", "72", "99"])
    if len(code) == 6 and dice.random() < 0.5:
        code += dice.choice(["1001", "2001", "9999"])
    return code


async def test_rows_found_are_the_rows_allowed(database: Database) -> None:
    dice = random.Random(64_2026)
    codes = sorted({_code(dice) for _ in range(400)})
    async with database.transaction() as tx:
        await tx.run(
            "INSERT INTO visit SELECT gen_random_uuid(), code, code, 'x', NULL, now() FROM unnest($1::text[]) AS code",
            codes,
        )
        for _ in range(_CASES):
            scope = AreaScope.of(*(_code(dice) for _ in range(dice.randrange(5))))
            requested = None if dice.random() < 0.3 else [_code(dice) for _ in range(dice.randrange(4))]
            narrowed = scope.narrow(requested)
            expected = sorted(code for code in codes if narrowed.allows(code))
            found = await tx.execute(select(VISIT.c.area_code).where(narrowed.where(VISIT.c.area_code)))
            assert sorted(row[0] for row in found) == expected
            raw = await tx.fetch(
                "SELECT area_code FROM visit WHERE area_code ^@ ANY($1::text[])", narrowed.sql_prefixes()
            )
            assert sorted(row[0] for row in raw) == expected


async def test_an_index_serves_the_condition(database: Database) -> None:
    """An area's officers see their rows without a scan of the province."""
    async with database.transaction() as tx:
        await tx.run(
            "INSERT INTO visit SELECT gen_random_uuid(), (6401011001 + n % 90000)::text, 'n', 'x', NULL, now() "
            "FROM generate_series(1, 20000) AS n"
        )
        await tx.run("ANALYZE visit")
        statement = select(VISIT.c.id).where(AreaScope.of("6401011001", "640199").where(VISIT.c.area_code))
        compiled = statement.compile(compile_kwargs={"literal_binds": True}, dialect=database.engine.dialect)
        plan = await tx.fetch(f"EXPLAIN {compiled}")
        assert "visit_area" in "\n".join(row[0] for row in plan)
