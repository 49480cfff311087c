"""Pages follow one another without a gap or a repeat, and a made-up cursor is a refusal, never a fault."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import Column, MetaData, Table, Text

from shared.access.paging import Keyset
from shared.database import Database
from shared.http import TokenVerifier
from tests.shared.http import demo
from tests.shared.http.conftest import client_of

Bearer = Callable[..., dict[str, str]]


async def fill(database: Database, count: int) -> None:
    """Visits of which several share a moment, so that the second column has to break the tie."""
    async with database.transaction() as tx:
        await tx.run(
            "INSERT INTO visit SELECT gen_random_uuid(), '6472', n::text, 'x', NULL, "
            "timestamptz '2026-07-01 08:00+08' + (n / 4) * interval '1 second' FROM generate_series(1, $1) AS n",
            count,
        )


async def test_all_rows_once_and_in_order(database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    await fill(database, 57)
    async with client_of(demo.build(database, verifier)) as client:
        seen: list[str] = []
        address: str | None = "/visits?area=64&area=6472&limit=10"
        pages = 0
        while address is not None:
            page = (await client.get(address, headers=bearer("auditor"))).json()
            seen += [item["id"] for item in page["items"]]
            address = page["next"]
            pages += 1
            await client.post("/visits", json={"area_code": "6472", "note": "new"}, headers=bearer("everything"))
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT id FROM visit WHERE note <> 'new' ORDER BY made_at DESC, id DESC")
    assert seen == [str(row["id"]) for row in rows]
    assert pages == 6


async def test_the_last_full_page_has_no_next(database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    await fill(database, 20)
    async with client_of(demo.build(database, verifier)) as client:
        first = (await client.get("/visits?limit=10", headers=bearer("auditor"))).json()
        second = (await client.get(first["next"], headers=bearer("auditor"))).json()
    assert len(second["items"]) == 10
    assert second["next"] is None


@pytest.mark.parametrize("limit", ["0", "-1", "201", "x", "1e3", ""])
async def test_the_limit_is_bounded(database: Database, verifier: TokenVerifier, bearer: Bearer, limit: str) -> None:
    async with client_of(demo.build(database, verifier)) as client:
        answer = await client.get(f"/visits?limit={limit}", headers=bearer("auditor"))
    assert answer.status_code == 422


def _cursor(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


async def test_made_up_cursors_are_refused(database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    await fill(database, 30)
    async with client_of(demo.build(database, verifier)) as client:

        async def ask(cursor: str, query: str = "limit=10") -> httpx.Response:
            parameters = dict(pair.split("=") for pair in query.split("&")) | {"cursor": cursor}
            return await client.get("/visits", params=parameters, headers=bearer("auditor"))

        page = (await client.get("/visits?limit=10", headers=bearer("auditor"))).json()
        good = page["next"].rpartition("cursor=")[2]
        version, search, values = json.loads(base64.urlsafe_b64decode(good + "=="))
        assert (await ask(good)).status_code == 200
        assert (await ask(good, "limit=20")).status_code == 200
        bad = [
            "",
            "x",
            "%%%",
            "é",
            good[:-3],
            _cursor(None),
            _cursor([[]]),
            _cursor([2, search, values]),
            _cursor([version, "other", values]),
            _cursor([version, search, values[:1]]),
            _cursor([version, search, [values[0], "not-an-id"]]),
            _cursor([version, search, [values[0], 7]]),
            _cursor([version, search, ["0001-01-01T00:00:00+14:00", values[1]]]),
            _cursor([version, search, ["9999-12-31T23:59:59-14:00", values[1]]]),
            _cursor([version, search, ["2026-07-01T08:00:00", values[1]]]),
            _cursor([version, search, [{"a": 1}, values[1]]]),
            _cursor([version, search, {"0": 1}]),
        ]
        for cursor in bad:
            answer = await ask(cursor)
            assert answer.status_code == 400, cursor
            assert answer.json()["type"].endswith("cursor-invalid")
        # The same place in another search is another place.
        assert (await ask(good, "limit=10&area=6472")).status_code == 400


async def test_a_cursor_gives_no_right(database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    await fill(database, 30)
    async with client_of(demo.build(database, verifier)) as client:
        page = (await client.get("/visits?limit=10", headers=bearer("auditor"))).json()
        stolen = await client.get(page["next"], headers=bearer("enumerator-berau"))
    assert stolen.json() == {"items": [], "next": None}


def test_an_order_needs_columns_of_a_known_kind() -> None:
    table = Table("t", MetaData(), Column("name", Text))
    with pytest.raises(ValueError, match="at least one column"):
        Keyset()
    with pytest.raises(ValueError, match="float"):
        Keyset((table.c.name, float))
