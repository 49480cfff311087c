"""Writes take effect once: a command and its Idempotency-Key, in one transaction with the effect.

A route stays short: ``return await command.run(lambda work: register(work, body, who))``. The first request with a
key does the work; equal ones get the stored answer; the same key with another request is a conflict.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakValueDictionary

import asyncpg
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response

from shared.clock import Clock
from shared.database import Transaction
from shared.http.access import ROUTES_STATE_KEY, RouteTable, signed_in_principal
from shared.http.body import body_reader
from shared.http.idempotency_table import CommandKey, StoredAnswer, store_answer, take_key
from shared.http.problem_catalogue import (
    COMMAND_IN_PROGRESS,
    IDEMPOTENCY_KEY_INVALID,
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
)
from shared.http.problems import ProblemError

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
KEY_PATTERN = r"^[\x21-\x7e]{16,200}$"
COMMANDS_STATE_KEY = "payung_commands"

_KEPT_HEADERS = frozenset({"content-type", "location", "etag", "content-disposition", "content-language"})
_LOST_AGAINST_ANOTHER = ("40001", "40P01")  # serialisation failure, deadlock: the whole transaction was undone
_LOCK_NOT_AVAILABLE = "55P03"
_MAX_ATTEMPTS = 4

TxT_co = TypeVar("TxT_co", bound=Transaction, covariant=True)
TxT = TypeVar("TxT", bound=Transaction)


class UnitOfWorkFactory(Protocol[TxT_co]):
    """Opens one transaction: `Outbox.unit_of_work`, or `Database.transaction` where no events are emitted."""

    def __call__(self) -> AbstractAsyncContextManager[TxT_co]: ...


@dataclass(frozen=True)
class Answer:
    """What a command answers, where the bare result is not enough: another status, or headers such as Location."""

    content: Any = None
    status_code: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Commands:
    """What all commands of an app share. Held by the app; made by `create_app`."""

    def __init__(self, unit_of_work: UnitOfWorkFactory[Any], clock: Clock, *, wait_s: float) -> None:
        self.unit_of_work = unit_of_work
        self.clock = clock
        self.wait_s = wait_s
        # Equal requests queue here and not in the database: an impatient client holds one connection, not all.
        self._gates: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    def gate(self, key: CommandKey) -> asyncio.Lock:
        """The lock that equal commands in this process share while any of them is alive."""
        return self._gates.setdefault(key.digest, asyncio.Lock())


class Command(Generic[TxT]):
    """One write request. A route gets it with ``Annotated[Command[UnitOfWork], Depends(command)]``."""

    def __init__(self, commands: Commands, request: Request, key: CommandKey) -> None:
        self._commands = commands
        self._request = request
        self._key = key

    async def run(self, work: Callable[[TxT], Awaitable[object]]) -> Response:
        """Do ``work`` in a unit of work, once per key, and give its answer; or give the stored answer.

        What ``work`` returns is turned into the route's response model inside the transaction, so that an answer
        that cannot be given undoes the effect. ``work`` may run again when its transaction lost against another
        one; it must do nothing but use the transaction. If it raises, nothing is kept and the key stays free:
        a refusal has no effect that a repeat could double, and it may no longer hold when the client tries again.
        """
        request_hash = await self._request_hash()
        gate = self._commands.gate(self._key)
        try:
            async with asyncio.timeout(self._commands.wait_s):
                await gate.acquire()
        except TimeoutError:
            raise ProblemError(COMMAND_IN_PROGRESS) from None
        try:
            return await self._run_until_done(work, request_hash)
        finally:
            gate.release()

    async def _run_until_done(self, work: Callable[[TxT], Awaitable[object]], request_hash: bytes) -> Response:
        attempt = 1
        while True:
            try:
                return await self._run_once(work, request_hash)
            except (DBAPIError, asyncpg.PostgresError) as error:
                if _sqlstate(error) not in _LOST_AGAINST_ANOTHER or attempt == _MAX_ATTEMPTS:
                    raise
            await asyncio.sleep(0.02 * attempt)
            attempt += 1

    async def _run_once(self, work: Callable[[TxT], Awaitable[object]], request_hash: bytes) -> Response:
        async with self._commands.unit_of_work() as tx:
            try:
                stored = await take_key(tx, self._key, request_hash, self._commands.clock.now())
            except asyncpg.PostgresError as error:
                if error.sqlstate == _LOCK_NOT_AVAILABLE:
                    raise ProblemError(COMMAND_IN_PROGRESS) from None
                raise
            if stored is not None:
                return self._replay(stored, request_hash)
            answer = await work(tx)
            response = _response_for(answer, self._request.scope.get("route"))
            await store_answer(tx, self._key, response.status_code, _packed(response))
            return response

    def _replay(self, stored: StoredAnswer, request_hash: bytes) -> Response:
        if stored.request_hash != request_hash:
            raise ProblemError(IDEMPOTENCY_KEY_REUSED)
        head, _, body = self._key.unseal(stored.sealed_answer).partition(b"\n")
        headers = {**json.loads(head), REPLAYED_HEADER: "true"}
        return Response(body, status_code=stored.status_code, headers=headers)

    async def _request_hash(self) -> bytes:
        """Of everything that makes the request what it is: its address with the query, its content type, its body."""
        scope = self._request.scope
        content_type = self._request.headers.get("content-type", "").partition(";")[0].strip().lower()
        context = (str(scope["path"]).encode(), bytes(scope["query_string"]), content_type.encode())
        return await body_reader(scope).fingerprint(self._key.secret, *context)


async def command(request: Request) -> Command[Any]:
    """The dependency that makes a route a command. Raises the 400 problems about a missing or malformed key."""
    commands: Commands = getattr(request.app.state, COMMANDS_STATE_KEY)
    principal = signed_in_principal(request.scope)
    secret = _key_from(request.headers.getlist(KEY_HEADER))
    return Command(commands, request, CommandKey(principal.subject, _operation(request), secret))


def _key_from(values: list[str]) -> bytes:
    if not values:
        raise ProblemError(IDEMPOTENCY_KEY_MISSING)
    key = values[0].strip()
    if len(key) > 2 and key[0] == key[-1] == '"':  # the IETF draft writes it as a quoted string
        key = key[1:-1]
    if len(values) > 1 or not re.fullmatch(KEY_PATTERN, key):
        raise ProblemError(IDEMPOTENCY_KEY_INVALID)
    return key.encode("ascii")


def _operation(request: Request) -> str:
    """The route as ``POST /v1/workers/{id}``: one key, one operation; other path values are another request."""
    table: RouteTable = getattr(request.app.state, ROUTES_STATE_KEY)
    declaration = table.find(request.scope)
    return f"{request.method} {declaration.template if declaration else request.url.path}"


def _response_for(answer: object, route: Any) -> Response:
    """The whole answer as bytes, with the route's status and in its response model."""
    if isinstance(answer, Response):
        if not isinstance(getattr(answer, "body", None), bytes):
            raise TypeError("A command cannot answer with a stream; answer with an address to read from.")
        return answer
    given = answer if isinstance(answer, Answer) else Answer(answer)
    status_code = given.status_code or (route.status_code if isinstance(route, APIRoute) else None) or 200
    model = route.response_model if isinstance(route, APIRoute) else None
    if status_code in {204, 205} or (given.content is None and model is None):
        return Response(status_code=status_code, headers=dict(given.headers))
    adapter = _adapter(model if model is not None else Any)
    checked = adapter.validate_python(given.content, from_attributes=True) if model is not None else given.content
    body = adapter.dump_json(checked, by_alias=True)
    return Response(body, status_code=status_code, headers=dict(given.headers), media_type="application/json")


@lru_cache(maxsize=1024)
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _packed(response: Response) -> bytes:
    """The answer as it is stored: one line of JSON with the headers worth keeping, then the body."""
    headers = {name: value for name, value in response.headers.items() if name.lower() in _KEPT_HEADERS}
    return json.dumps(headers).encode() + b"\n" + bytes(response.body)


def _sqlstate(error: BaseException) -> str | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlstate", None)
