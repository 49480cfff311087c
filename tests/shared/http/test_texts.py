"""A sign that no text has is refused wherever it stands and however it is written; what only looks like one is not."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from shared.database import Database
from shared.http import TokenVerifier
from tests.shared.http import demo
from tests.shared.http.conftest import client_of

Bearer = Callable[..., dict[str, str]]
WELL = {"area_code": "6472", "persons": 1}


@pytest.mark.parametrize(
    "content",
    [
        b'{"area_code": "6472", "persons": 1, "note": "a\\u0000b"}',
        b'{"area_code": "6472", "persons": 1, "note": "a\\\\\\u0000b"}',
        b'{"area_code": "6472", "persons": 1, "note": "a\\ud800b"}',
        b'{"area_code": "6472", "persons": 1, "note": "a\\uDFFF"}',
        b'{"area_code": "6472", "persons": 1, "note": "a\xed\xa0\x80b"}',
        json.dumps({**WELL, "note": "a\x00b"}).encode("utf-16"),
    ],
)
async def test_an_unfit_sign_in_json_names_its_field(
    unused_database: Database, verifier: TokenVerifier, bearer: Bearer, content: bytes
) -> None:
    headers = bearer("enumerator-samarinda") | {"content-type": "application/json"}
    async with client_of(demo.build(unused_database, verifier)) as client:
        answer = await client.post("/visits", content=content, headers=headers)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["in"], error["pointer"], error["code"]) == ("body", "/note", "string_unfit_sign")
    assert "NUL" in error["detail"]


async def test_names_of_fields_and_deep_values_are_looked_through(
    unused_database: Database, verifier: TokenVerifier, bearer: Bearer
) -> None:
    headers = bearer("enumerator-samarinda") | {"content-type": "application/json"}
    deep = b'{"note": ' + b"[" * 900 + b'"\\u0000"' + b"]" * 900 + b', "a\\u0000": 1}'
    async with client_of(demo.build(unused_database, verifier)) as client:
        answer = await client.post("/visits", content=deep, headers=headers)
    assert answer.status_code == 422
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointers[0] == "/*"
    assert pointers[1].startswith("/note/0/0")


@pytest.mark.parametrize(
    "content",
    [
        b'{"area_code": "6472", "persons": 1, "note": "\\\\u0000"}',
        b'{"area_code": "6472", "persons": 1, "note": "\\ud83d\\ude00"}',
    ],
)
async def test_what_only_looks_like_one_is_taken(
    database: Database, verifier: TokenVerifier, bearer: Bearer, content: bytes
) -> None:
    headers = bearer("enumerator-samarinda") | {"content-type": "application/json"}
    async with client_of(demo.build(database, verifier)) as client:
        answer = await client.post("/visits", content=content, headers=headers)
    assert answer.status_code == 201


async def test_addresses_and_names_of_files(unused_database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    named = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a%b.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\n1\x002\r\n--x--\r\n"
    )
    form = bearer("everywhere") | {"content-type": "multipart/form-data; boundary=x"}
    async with client_of(demo.build(unused_database, verifier)) as client:
        answers = {
            "/visit_id": await client.get("/visits/%00", headers=bearer("auditor")),
            "/area": await client.get("/visits?area=64%0072", headers=bearer("auditor")),
            "/cursor": await client.get("/visits?cursor=%00", headers=bearer("auditor")),
            "/file": await client.post("/uploads", content=named.replace(b"%", b"\x00"), headers=form),
        }
    for pointer, answer in answers.items():
        assert answer.status_code == 422, pointer
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_the_content_of_a_file_may_hold_what_it_likes(
    database: Database, verifier: TokenVerifier, bearer: Bearer
) -> None:
    async with client_of(demo.build(database, verifier)) as client:
        answer = await client.post("/uploads", files={"file": ("a.csv", b"1\x002")}, headers=bearer("everywhere"))
    assert answer.status_code < 500
    assert answer.status_code != 422
