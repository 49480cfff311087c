"""Wrong input is told apart field by field, and never repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.database import Database
from shared.http import TokenVerifier
from tests.shared.http import demo
from tests.shared.http.conftest import client_of

Bearer = Callable[..., dict[str, str]]
NIK = "6472010101900001"
NAME = "Siti Aminah"


SUBMITTED: list[Any] = [
    {"area_code": NIK, "note": NAME, "persons": NIK},
    {"area_code": [NIK], "note": {NAME: NIK}, "persons": {"NIK": NIK}},
    {NIK: NAME, "area_code": "6472", "note": "x"},
    {NAME: {NIK: [NAME]}},
    {"area_code": "6472", "note": f"{demo.FORBIDDEN_WORD} {NAME}"},
    {"area_code": "6472", "note": NAME * 50, "persons": 64720101},
    {"area_code": "6472", "note": "x", "persons": int(NIK)},
    {"area_code": "6472", "note": "x", "persons": NAME},
    [NIK, NAME],
    NIK,
    int(NIK),
    NAME,
    None,
]


@pytest.mark.parametrize("body", SUBMITTED)
async def test_validation_never_repeats_what_was_sent(
    unused_database: Database, verifier: TokenVerifier, bearer: Bearer, body: Any
) -> None:
    async with client_of(demo.build(unused_database, verifier)) as client:
        answer = await client.post("/visits", json=body, headers=bearer("enumerator-samarinda"))
    assert answer.status_code == 422
    for sent in (NIK, NAME, "Siti", "Aminah", "64720101", demo.FORBIDDEN_WORD):
        assert sent not in answer.text
    for error in answer.json()["errors"]:
        assert error.keys() == {"in", "pointer", "code", "detail", "detail_en"}


async def test_validation_says_where_and_what(database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    body = {"note": "", "persons": 21, NAME: 1}
    async with client_of(demo.build(database, verifier)) as client:
        answer = await client.post("/visits", json=body, headers=bearer("enumerator-samarinda"))
        query = await client.get(f"/visits?limit=1000&cursor={'x' * 2000}", headers=bearer("auditor"))
        path = await client.get(f"/visits/{NIK}", headers=bearer("auditor"))
    found = {(error["pointer"], error["code"]): error for error in answer.json()["errors"]}
    assert found["/area_code", "missing"]["detail"] == "Isian ini wajib diisi."
    assert found["/note", "string_too_short"]["detail_en"] == "At least 1 characters."
    assert found["/persons", "less_than_equal"]["detail"] == "Paling besar 20."
    assert found["/*", "extra_forbidden"]["in"] == "body"
    assert {(e["in"], e["pointer"]) for e in query.json()["errors"]} == {("query", "/limit"), ("query", "/cursor")}
    assert path.json()["errors"][0]["pointer"] == "/visit_id"
    assert NIK not in path.text


async def test_a_misspelt_filter_is_an_error(database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    async with client_of(demo.build(database, verifier)) as client:
        answer = await client.get(f"/visits?areas=6472&{NIK}", headers=bearer("auditor"))
        too_many = await client.get("/visits?" + "area=64&" * 200, headers=bearer("auditor"))
        stranger = await client.get("/visits?areas=6472")
    assert answer.status_code == 422
    assert answer.json()["errors"][0] | {"detail": "", "detail_en": ""} == {
        "in": "query",
        "pointer": "/*",
        "code": "extra_forbidden",
        "detail": "",
        "detail_en": "",
    }
    assert NIK not in answer.text
    assert too_many.status_code == 400
    assert stranger.status_code == 401


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b'{"note": "' + NIK.encode(), "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 200_000, "application/json", 400),
        (b"9" * 5_000, "application/json", 400),
        (b'{"area_code": "\\ud800", "note": "\\udfff"}', "application/json", 422),
        (b"{}", "text/plain", 422),
        (b"", "application/json", 422),
    ],
)
async def test_bodies_that_cannot_be_read(
    unused_database: Database, verifier: TokenVerifier, bearer: Bearer, content: bytes, content_type: str, status: int
) -> None:
    headers = {**bearer("enumerator-samarinda"), "Content-Type": content_type}
    async with client_of(demo.build(unused_database, verifier)) as client:
        answer = await client.post("/visits", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert NIK not in answer.text
