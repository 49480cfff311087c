"""Nobody gets further than his role and area; an app with a route that says nothing does not start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter, Depends
from starlette.responses import PlainTextResponse
from starlette.staticfiles import StaticFiles

from shared.access.roles import Role
from shared.database import Database
from shared.http import Command, TokenVerifier, UndeclaredRouteError, command, public, require, without_key
from tests.shared.http import demo
from tests.shared.http.conftest import client_of

Bearer = Callable[..., dict[str, str]]
SAMARINDA, BERAU = "6472011001", "6403011001"


async def register(client: httpx.AsyncClient, bearer: Bearer, who: str, area_code: str) -> httpx.Response:
    return await client.post("/visits", json={"area_code": area_code, "note": "n"}, headers=bearer(who))


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwdw==", "Bearer not-a-token"])
async def test_without_a_good_token_nobody_gets_in(
    unused_database: Database, verifier: TokenVerifier, authorization: str | None
) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    if authorization is not None:
        headers["Authorization"] = authorization
    async with client_of(demo.build(unused_database, verifier)) as client:
        for method, path in (("GET", "/visits"), ("POST", "/visits"), ("GET", f"/visits/{uuid4()}")):
            answer = await client.request(method, path, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_two_authorization_headers_are_refused(
    unused_database: Database, verifier: TokenVerifier, bearer: Bearer
) -> None:
    token = bearer("auditor")["Authorization"]
    async with client_of(demo.build(unused_database, verifier)) as client:
        answer = await client.get("/visits", headers=[("Authorization", token), ("Authorization", token)])
    assert answer.status_code == 401


async def test_a_role_is_needed_and_named(unused_database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    async with client_of(demo.build(unused_database, verifier)) as client:
        answer = await register(client, bearer, "auditor", SAMARINDA)
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("role-required")
    assert "enumerator" in answer.json()["detail"]
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


async def test_writes_stay_inside_the_area(database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    async with client_of(demo.build(database, verifier)) as client:
        inside = await register(client, bearer, "enumerator-samarinda", SAMARINDA)
        outside = await register(client, bearer, "enumerator-samarinda", BERAU)
        wider = await register(client, bearer, "enumerator-samarinda", "64")
        nowhere = await register(client, bearer, "enumerator-nowhere", SAMARINDA)
        nonsense = await register(client, bearer, "enumerator-samarinda", "6472%")
    assert [inside.status_code, outside.status_code, wider.status_code] == [201, 403, 403]
    assert outside.json()["type"].endswith("area-not-allowed")
    assert nowhere.status_code == 403
    assert nonsense.status_code == 422
    error = nonsense.json()["errors"][0]
    assert (error["pointer"], error["code"]) == ("/area_code", "area-code-invalid")
    assert "6472011001" in error["detail"]
    assert "6472%" not in nonsense.text


async def test_reads_stay_inside_the_area(database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    async with client_of(demo.build(database, verifier)) as client:
        ids = {
            area: UUID((await register(client, bearer, "everything", area)).json()["id"]) for area in (SAMARINDA, BERAU)
        }

        async def seen(who: str, query: str = "") -> set[str]:
            items = (await client.get(f"/visits{query}", headers=bearer(who))).json()["items"]
            return {item["area_code"] for item in items}

        assert await seen("auditor") == {SAMARINDA, BERAU}
        assert await seen("auditor", "?area=6403") == {BERAU}
        assert await seen("enumerator-samarinda") == {SAMARINDA}
        assert await seen("enumerator-samarinda", "?area=64") == {SAMARINDA}
        assert await seen("enumerator-samarinda", "?area=6403") == set()
        assert await seen("enumerator-nowhere") == set()
        assert await seen("enumerator-nowhere", "?area=64") == set()
        assert (await client.get("/visits?area=", headers=bearer("auditor"))).status_code == 422
        # What lies outside does not exist: the answer does not even say that there is something.
        hidden = await client.get(f"/visits/{ids[BERAU]}", headers=bearer("enumerator-samarinda"))
        absent = await client.get(f"/visits/{uuid4()}", headers=bearer("enumerator-samarinda"))
        assert hidden.status_code == absent.status_code == 404
        assert hidden.json()["detail"] == absent.json()["detail"]


async def test_nobody_approves_his_own_work(database: Database, verifier: TokenVerifier, bearer: Bearer) -> None:
    async with client_of(demo.build(database, verifier)) as client:
        visit_id = (await register(client, bearer, "maker-and-approver", SAMARINDA)).json()["id"]
        own = await client.post(f"/visits/{visit_id}/approval", headers=bearer("maker-and-approver"))
        other = await client.post(f"/visits/{visit_id}/approval", headers=bearer("approver-province"))
    assert own.status_code == 403
    assert own.json()["type"].endswith("same-person")
    assert other.status_code == 204


async def _endpoint() -> None:
    return None


async def _commanding(_: Annotated[Command[Any], Depends(command)]) -> None:
    return None


def route(method: str, endpoint: Callable[..., Any], *dependencies: Any) -> APIRouter:
    router = APIRouter()
    router.add_api_route("/secret", endpoint, methods=[method], dependencies=[Depends(item) for item in dependencies])
    return router


@pytest.mark.parametrize(
    ("router", "fault"),
    [
        (route("GET", _endpoint), "say who may use it"),
        (route("GET", _endpoint, require(Role.AUDITOR), public("why")), "cannot be public and need a role"),
        (route("POST", _endpoint, require(Role.AUDITOR)), "a write takes Depends"),
        (route("DELETE", _endpoint, require(Role.AUDITOR)), "a write takes Depends"),
        (route("POST", _commanding, public("why")), "a command needs a role"),
        (route("POST", _commanding), "say who may use it"),
        (route("POST", _commanding, require(Role.AUDITOR), without_key("why")), "at once"),
    ],
)
def test_an_undeclared_route_stops_the_start(
    unused_database: Database, verifier: TokenVerifier, router: APIRouter, fault: str
) -> None:
    outer = APIRouter(prefix="/v1")
    outer.include_router(router, prefix="/inner")
    with pytest.raises(UndeclaredRouteError, match="/v1/inner/secret") as refused:
        demo.build(unused_database, verifier, extra=[outer])
    assert fault in str(refused.value)


def test_what_cannot_declare_anything_is_refused(unused_database: Database, verifier: TokenVerifier) -> None:
    mounted = APIRouter()
    mounted.mount("/files", StaticFiles(directory="."))
    plain = APIRouter()
    plain.add_route("/plain", lambda _: PlainTextResponse("x"))
    socket = APIRouter()
    socket.add_api_websocket_route("/socket", _endpoint)
    for router in (mounted, plain, socket):
        with pytest.raises(UndeclaredRouteError, match="only FastAPI routes"):
            demo.build(unused_database, verifier, extra=[router])


def test_reasons_and_roles_are_not_empty() -> None:
    with pytest.raises(ValueError, match="reason"):
        public(" ")
    with pytest.raises(ValueError, match="reason"):
        without_key("")
    with pytest.raises(TypeError):
        require()  # type: ignore[call-arg]


async def test_a_principal_left_out_by_the_middleware_is_refused_by_the_route(
    unused_database: Database, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should the table of routes ever disagree with the router, the route itself still refuses."""
    app = demo.build(unused_database, verifier)
    monkeypatch.setattr("shared.http.access.RouteTable.find", lambda *_: None)
    async with client_of(app) as client:
        assert (await client.get("/visits")).status_code == 401
