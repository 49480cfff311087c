"""What handlers and stores raise becomes the same problem everywhere, without a word of HTTP in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends
from starlette.responses import Response

from shared.access import errors
from shared.access.errors import AccessError
from shared.access.roles import Role
from shared.database import Database, Transaction
from shared.http import Command, Reading, TokenVerifier, command, require
from tests.shared.http import demo
from tests.shared.http.conftest import client_of

Bearer = Callable[..., dict[str, str]]
EXPECTED: dict[AccessError, tuple[int, str]] = {
    errors.NotVisibleError(): (404, "not-found"),
    errors.OutsideAreaError(): (403, "area-not-allowed"),
    errors.SamePersonError(): (403, "same-person"),
    errors.CursorError(): (400, "cursor-invalid"),
    errors.AreaCodeError(): (422, "area-code-invalid"),
    errors.RefusedError("visit-already-approved"): (409, "visit-already-approved"),
    errors.RefusedError("never-declared"): (500, "internal"),
}


def kinds_of(kind: type[AccessError]) -> Iterator[type[AccessError]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from kinds_of(inner)


def test_every_kind_is_tried() -> None:
    assert set(kinds_of(AccessError)) == {type(error) for error in EXPECTED}


@pytest.mark.parametrize("error", EXPECTED, ids=lambda error: str(error) or type(error).__name__)
async def test_a_plain_refusal_becomes_its_problem_and_leaves_nothing(
    database: Database, verifier: TokenVerifier, bearer: Bearer, error: AccessError
) -> None:
    router = APIRouter()
    officer = Depends(require(Role.ENUMERATOR))

    @router.post("/tries", dependencies=[officer], response_model=None)
    async def write(order: Annotated[Command[Transaction], Depends(command)]) -> Response:
        async def work(tx: Transaction) -> object:
            await tx.run("INSERT INTO visit VALUES (gen_random_uuid(), '6472', 'n', 'm', NULL, now())")
            raise error

        return await order.run(work)

    @router.get("/tries", dependencies=[officer])
    async def look(tx: Reading) -> None:
        await tx.fetch("SELECT 1")
        raise error

    async with client_of(demo.build(database, verifier, extra=[router])) as client:
        key = {"Idempotency-Key": "k" * 20}
        answers: list[httpx.Response] = [
            await client.post("/tries", headers={**bearer("everything"), **key}),
            await client.get("/tries", headers=bearer("everything")),
        ]
    status, code = EXPECTED[error]
    assert [(answer.status_code, answer.json()["type"]) for answer in answers] == [
        (status, f"urn:payung:problem:{code}")
    ] * 2
    async with database.transaction() as tx:
        assert await tx.fetch("SELECT 1 FROM visit") == []
