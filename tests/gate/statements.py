"""Counts the SQL statements that PostgreSQL is really sent: a proxy that reads the protocol and changes nothing.

It sees whatever any driver sends, so BEGIN, COMMIT and COPY count like every other statement. The pool's ping of a
connection that has rested counts by its name only, which no path's cost holds: how many connections rest for a second
depends on how busy the machine is.
Source: PostgreSQL 18 documentation, 54.7 (message formats), the frontend's messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

_SSL_REQUEST, _GSS_REQUEST = 80877103, 80877104
_LONGEST_TEXT = 110
# The empty statement with which the pool asks a rested connection whether it lives. Counted by this name.
PING = "(ping)"
# asyncpg looks types up once per connection; how many connections a pool has opened so far is no path's cost.
_ONCE_PER_CONNECTION = ("WITH RECURSIVE typeinfo_tree", "SELECT current_setting('jit')")
_PLACES = re.compile(r"\$\d+(?:::\w+(?:\[\])?)?(?:\s*,\s*\$\d+(?:::\w+(?:\[\])?)?)+")
_NUMBERED = re.compile(r"(sa_savepoint_|__asyncpg_\w+_)[0-9a-f]+")


def one_line(sql: str) -> str:
    """The statement on one line, the same however many values it takes."""
    text = " ".join(sql.split()).rstrip(";") or PING
    return _NUMBERED.sub(r"\1N", _PLACES.sub("$…", text))


def normalised(sql: str) -> str:
    """The same, cut to a readable length."""
    text = one_line(sql)
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


class FrontendReader:
    """Reads what one connection's client says and adds each statement that it runs to ``counted``."""

    def __init__(self, counted: Counter[str]) -> None:
        self._counted = counted
        self._buffer = bytearray()
        self._is_started = False
        self._prepared: dict[bytes, str] = {}
        self._portals: dict[bytes, str] = {}
        self._last = ""
        self._is_in_ping = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._buffer += data
        while True:
            head = 1 if self._is_started else 0
            if len(self._buffer) < head + 8 - 4 * head:
                return
            length = head + int.from_bytes(self._buffer[head : head + 4], "big")
            if len(self._buffer) < length:
                return
            message = bytes(self._buffer[:length])
            del self._buffer[:length]
            if self._is_started:
                self._see(message[:1], message[5:])
            else:
                self._is_started = int.from_bytes(message[4:8], "big") not in (_SSL_REQUEST, _GSS_REQUEST)

    def _see(self, kind: bytes, body: bytes) -> None:
        if kind == b"Q":
            self._count(body.rstrip(b"\0").decode())
        elif kind == b"P":
            name, sql, _ = body.split(b"\0", 2)
            self._prepared[name] = sql.decode()
        elif kind == b"B":
            portal, name, _ = body.split(b"\0", 2)
            self._portals[portal] = self._prepared.get(name, "(unknown)")
        elif kind == b"E":
            self._count(self._portals.get(body.split(b"\0", 1)[0], "(unknown)"))

    def _count(self, sql: str) -> None:
        text, last = normalised(sql), self._last
        self._last = text
        if text.startswith(_ONCE_PER_CONNECTION) or self._ends_ping(text):
            return
        if text == PING and last.startswith("BEGIN"):
            self._counted[last] -= 1
            self._is_in_ping = True
        self._counted[text] += 1

    def _ends_ping(self, text: str) -> bool:
        """Whether this is the end of the transaction that the driver puts round its ping."""
        was_in_ping, self._is_in_ping = self._is_in_ping, False
        return was_in_ping and text == "ROLLBACK"


@contextlib.asynccontextmanager
async def counting_proxy(url: str) -> AsyncIterator[tuple[str, Counter[str]]]:
    """A proxy before the database at ``url``: gives the address to use instead, and the running count."""
    counted: Counter[str] = Counter()
    target = urlsplit(url)
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(target.hostname, target.port)
        frontend = FrontendReader(counted)
        for pump in (_pump(reader, far_writer, frontend), _pump(far_reader, writer, None)):
            task = asyncio.create_task(pump)
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield url.replace(f":{target.port}/", f":{port}/"), counted
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frontend: FrontendReader | None) -> None:
    try:
        with contextlib.suppress(OSError):
            while data := await reader.read(256 * 1024):
                if frontend is not None:
                    frontend.feed(data)
                writer.write(data)
                await writer.drain()
    finally:
        writer.close()
