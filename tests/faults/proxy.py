"""A TCP proxy on loopback that can stall, cut, delay, throttle and refuse: the network's faults, on demand."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Self

# A piece of data on a throttled connection waits no longer: it is slow, not half-open.
LONGEST_PAUSE_S = 2.0


class FaultyProxy:
    """Forwards ``127.0.0.1:port`` to ``target``. `stall` makes every connection half-open: it lives, nothing moves.

    ``delay_s`` is waited before each piece of data goes on, ``bytes_per_s`` is the most that a connection carries in
    one direction (0: no limit), ``refuses`` breaks whoever connects. All may change at any time.
    """

    def __init__(self, target_host: str, target_port: int) -> None:
        self._target = (target_host, target_port)
        self._server: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.delay_s = 0.0
        self.bytes_per_s = 0
        self.refuses = False

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()

    def stall(self) -> None:
        """Let nothing through, on old and new connections, without closing any."""
        self._flowing.clear()

    def flow(self) -> None:
        """Let everything through again, at once and in full."""
        self.delay_s, self.bytes_per_s, self.refuses = 0.0, 0, False
        self._flowing.set()

    def cut(self) -> None:
        """Break every connection now (RST)."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with contextlib.suppress(OSError):
                while data := await reader.read(65536):
                    await self._slow_down(len(data))
                    await self._flowing.wait()
                    writer.write(data)
                    await writer.drain()
        finally:
            self._writers.discard(writer)
            with contextlib.suppress(Exception):
                writer.close()

    async def _slow_down(self, size: int) -> None:
        pause_s = self.delay_s + (size / self.bytes_per_s if self.bytes_per_s else 0.0)
        if pause_s:
            await asyncio.sleep(min(pause_s, LONGEST_PAUSE_S))
