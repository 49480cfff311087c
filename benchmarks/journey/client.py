"""A lean HTTP client: kept-alive connections from many loopback addresses, so that measuring costs little itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from benchmarks.contestant import BenchError
from benchmarks.journey.officers import Officer

CONNECTIONS: Final = 64
_BUSY: Final = frozenset({429, 503})
_HEAD: Final = (
    "POST /v1/workers HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\n"
    "Idempotency-Key: {key}\r\nContent-Length: {length}\r\n\r\n"
)


class Connection:
    """One connection, from an address of its own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def post(self, host: str, officer: Officer, key: UUID, body: bytes) -> tuple[int, bytes]:
        """Send a registration; gives status and body."""
        head = _HEAD.format(host=host, token=officer.token, key=key, length=len(body))
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        lines = answer.split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")), 0)
        return int(lines[0].split()[1]), await self._reader.readexactly(length)

    def close(self) -> None:
        """End it."""
        self._writer.close()


class Desk:
    """Registers people over a pool of connections; officers take turns."""

    def __init__(self, base_url: str, officers: Sequence[Officer]) -> None:
        parts = urlsplit(base_url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._officers = officers
        self._turn = 0
        self.busy = 0
        self._free: asyncio.Queue[Connection] = asyncio.Queue()
        self._all: list[Connection] = []

    async def open(self) -> None:
        """Connect."""
        for number in range(CONNECTIONS):
            source = (f"127.0.{1 + number // 200}.{1 + number % 200}", 0)
            made = Connection(*await asyncio.open_connection(self._host, self._port, local_addr=source))
            self._all.append(made)
            self._free.put_nowait(made)

    def close(self) -> None:
        """Disconnect."""
        for connection in self._all:
            connection.close()

    async def register(self, body: bytes) -> bytes:
        """Register one person when a connection is free; gives the answer's body.

        A service that is busy for the moment is asked again with the same key, as its answer says. Raises BenchError.
        """
        officer, key = self._officers[self._turn % len(self._officers)], uuid4()
        self._turn += 1
        connection = await self._free.get()
        try:
            while True:
                status, answer = await connection.post(f"{self._host}:{self._port}", officer, key, body)
                if status not in _BUSY:
                    break
                self.busy += 1
                await asyncio.sleep(0.2)
        finally:
            self._free.put_nowait(connection)
        if status != 201:
            raise BenchError(f"A registration was refused with HTTP {status}: {answer[:300].decode(errors='replace')}")
        return answer
