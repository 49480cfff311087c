"""How large a body may be and how long it may dawdle, and a fingerprint of it taken while it passes.

Both a declared length and a stream without one are bounded, before anything is parsed. The fingerprint is taken here
because nobody after us sees the bytes of a streamed upload again.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.access import RouteTable
from shared.http.problem_catalogue import BAD_REQUEST, BODY_TOO_LARGE, BODY_TOO_SLOW
from shared.http.problems import ProblemError

BODY_SCOPE_KEY: Final = "payung.body"
_BOUNDARY_WAS_HERE: Final = b"\x00boundary\x00"
_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)


class BodyReader:
    """Passes the body's messages on, counts them, and can fingerprint them."""

    def __init__(self, receive: Receive, headers: Headers, *, max_bytes: int, chunk_timeout_s: float) -> None:
        self._receive = receive
        self._max_bytes = max_bytes
        self._chunk_timeout_s = chunk_timeout_s
        self._complete = False
        self._received_bytes = 0
        self._hash = hashlib.sha256()
        self._boundary = _multipart_boundary(headers)
        self._tail = b""
        declared = headers.get("content-length")
        self._declared_bytes = int(declared) if declared is not None and declared.isdecimal() else None

    @property
    def refused_by_length(self) -> bool:
        """Whether the declared length alone is too much."""
        return self._declared_bytes is not None and self._declared_bytes > self._max_bytes

    def too_large(self) -> ProblemError:
        """The 413 problem.

        The connection is not closed: the server throws the rest away as it comes, so that the sender, who looks for an
        answer only when he has sent all, gets to see it.
        """
        return ProblemError(BODY_TOO_LARGE, limit_bytes=self._max_bytes)

    async def receive(self) -> Message:
        """The next message. Raises the 413 problem past the limit and the 408 problem when the sender stalls."""
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout(self._chunk_timeout_s):
                message = await self._receive()
        except TimeoutError:
            close = {"Connection": "close"}
            raise ProblemError(BODY_TOO_SLOW, headers=close, timeout_s=int(self._chunk_timeout_s)) from None
        if message["type"] != "http.request":
            self._complete = True
            return message
        chunk: bytes = message.get("body", b"")
        self._received_bytes += len(chunk)
        if self._received_bytes > self._max_bytes:
            raise self.too_large()
        self._absorb(chunk)
        self._complete = not message.get("more_body", False)
        return message

    async def fingerprint(self, secret: bytes, *context: bytes) -> bytes:
        """HMAC-SHA-256 under ``secret`` of the whole body and ``context``. Reads what nobody has read yet.

        Keyed, because bodies are often guessable (a NIK has few unknown digits): without the secret nobody can try
        guesses. A multipart body's boundary counts as one sign, since clients make a new one for each attempt.
        """
        while not self._complete:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ProblemError(BAD_REQUEST)
        digest = self._hash.copy()
        digest.update(self._tail)
        mac = hmac.new(secret, digestmod=hashlib.sha256)
        for part in (*context, digest.digest()):
            mac.update(len(part).to_bytes(8, "big") + part)
        return mac.digest()

    def _absorb(self, chunk: bytes) -> None:
        if self._boundary is None:
            self._hash.update(chunk)
            return
        # A boundary may lie across two chunks: keep back, as it came, what could be its beginning.
        *parts, rest = (self._tail + chunk).split(self._boundary)
        for part in parts:
            self._hash.update(part + _BOUNDARY_WAS_HERE)
        cut = len(rest) - min(len(rest), len(self._boundary) - 1)
        self._hash.update(rest[:cut])
        self._tail = rest[cut:]


class BodyMiddleware:
    """Puts a `BodyReader` in front of every request's body."""

    def __init__(self, app: ASGIApp, *, table: RouteTable, max_bytes: int, chunk_timeout_s: float) -> None:
        self._app = app
        self._table = table
        self._max_bytes = max_bytes
        self._chunk_timeout_s = chunk_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or answer 413 at once when the declared length is too much."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declaration = self._table.find(scope)
        max_bytes = (declaration.max_body_bytes if declaration else None) or self._max_bytes
        reader = BodyReader(receive, Headers(scope=scope), max_bytes=max_bytes, chunk_timeout_s=self._chunk_timeout_s)
        if reader.refused_by_length:
            raise reader.too_large()
        scope[BODY_SCOPE_KEY] = reader
        await self._app(scope, reader.receive, send)


def body_reader(scope: Scope) -> BodyReader:
    """The reader that `BodyMiddleware` put in front of this request."""
    reader = scope.get(BODY_SCOPE_KEY)
    if not isinstance(reader, BodyReader):
        raise TypeError("The app lacks BodyMiddleware; build it with create_app.")
    return reader


def _multipart_boundary(headers: Headers) -> bytes | None:
    content_type = headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/"):
        return None
    found = _BOUNDARY.search(content_type)
    boundary = found.group(1).strip().encode("latin-1", "ignore") if found else b""
    return boundary if len(boundary) > 1 else None
