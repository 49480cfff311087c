"""Talks to the services as the offices' people do: a token each, an Idempotency-Key for each write, patience."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx

from deploy.sandbox.programme.people import Person

POLL_S = 0.25
_RENEW_BEFORE_S = 120.0
_BUSY = frozenset({429, 502, 503})


class ProgrammeError(Exception):
    """A step of the main job did not go through; the text says which, what was answered and what to do."""


@dataclass(frozen=True)
class Addresses:
    """Where the token issuer and each service's API are: base addresses without a slash at the end."""

    issuer: str
    services: Mapping[str, str]


@dataclass
class Offices:
    """A client for all people. ``http`` has no proxy in between."""

    addresses: Addresses
    http: httpx.AsyncClient
    patience_s: float = 15.0  # how long a service may be away
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict)

    async def get(self, who: Person, service: str, path: str, **query: str) -> Any:
        """The answer to a question. Raises ProgrammeError when it is refused."""
        answer = await self._ask("GET", who, service, path, params=query)
        return self._checked(answer, service, path)

    async def get_text(self, who: Person, service: str, path: str) -> str:
        """A file that a service gives. Raises ProgrammeError when it is refused."""
        answer = await self._ask("GET", who, service, path)
        if not answer.is_success:
            self._checked(answer, service, path)
        return answer.text

    async def post(self, who: Person, service: str, path: str, body: Mapping[str, Any]) -> Any:
        """The answer to a command. Raises ProgrammeError when it is refused."""
        answer = await self._ask("POST", who, service, path, json=dict(body), key=_key(who, service, path, body))
        return self._checked(answer, service, path)

    async def upload(self, who: Person, service: str, path: str, file: Path, **fields: str) -> Any:
        """The answer to an uploaded file."""
        kind = "text/csv" if file.suffix == ".csv" else "application/octet-stream"
        content = await asyncio.to_thread(file.read_bytes)
        key = _key(who, service, path, {"sha256": hashlib.sha256(content).hexdigest(), **fields})
        files = {"file": (file.name, content, kind)}
        answer = await self._ask("POST", who, service, path, files=files, data=fields, key=key)
        return self._checked(answer, service, path)

    async def until(
        self, what: str, ask: Callable[[], Awaitable[Any]], done: Callable[[Any], bool], timeout_s: float
    ) -> Any:
        """Ask again and again until ``done``. Raises ProgrammeError with the last answer after ``timeout_s``."""
        give_up_at = time.monotonic() + timeout_s
        while True:
            answer = await ask()
            if done(answer):
                return answer
            if time.monotonic() > give_up_at:
                raise ProgrammeError(f"{what}: not done after {timeout_s:.0f} s. The last answer was {answer}.")
            await asyncio.sleep(POLL_S)

    async def _ask(
        self, method: str, who: Person, service: str, path: str, *, key: str | None = None, **content: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {await self._token(who)}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        url = f"{self.addresses.services[service]}/v1{path}"
        # Safe to repeat: questions change nothing, and a command's key makes it take effect once.
        return await self._send(service, method, url, headers=headers, **content)

    async def _send(self, whom: str, method: str, url: str, **content: Any) -> httpx.Response:
        """Send until there is an answer, for as long as ``patience_s``. Raises ProgrammeError when there is none."""
        pause_s, give_up_at = 0.2, time.monotonic() + self.patience_s
        while True:
            answer: httpx.Response | None = None
            with contextlib.suppress(httpx.TransportError):
                answer = await self.http.request(method, url, **content)
            if answer is not None and answer.status_code not in _BUSY:
                return answer
            if time.monotonic() > give_up_at:
                if answer is None:
                    raise ProgrammeError(f"{whom} does not answer at {url}. Look at its log.")
                return answer
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 4.0)

    async def _token(self, who: Person) -> str:
        token, until = self._tokens.get(who.subject, ("", 0.0))
        if time.monotonic() < until:
            return token
        form = {"grant_type": "client_credentials", "client_id": who.subject}
        answer = await self._send("The token issuer", "POST", f"{self.addresses.issuer}/token", data=form)
        if answer.status_code != 200:
            raise ProgrammeError(f"The token issuer knows no {who.subject} (HTTP {answer.status_code}).")
        given = answer.json()
        self._tokens[who.subject] = (
            given["access_token"],
            time.monotonic() + float(given["expires_in"]) - _RENEW_BEFORE_S,
        )
        return str(given["access_token"])

    def _checked(self, answer: httpx.Response, service: str, path: str) -> Any:
        if answer.is_success:
            return answer.json() if answer.content else None
        try:
            problem = answer.json()
            words = f"{problem.get('title_en') or problem.get('title')}: {problem.get('detail_en') or ''}"
        except ValueError:
            words = ""
        raise ProgrammeError(f"{service} refused {path} (HTTP {answer.status_code}). {words}".strip())


def _key(who: Person, service: str, path: str, content: Mapping[str, Any]) -> str:
    """The same request has the same key, so that the whole job can be started again."""
    return str(uuid5(NAMESPACE_URL, f"urn:payung:programme:{who.subject}:{service}:{path}:{sorted(content.items())}"))
