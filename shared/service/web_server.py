"""Serves an ASGI application as a part of the process: signals, logs and exit codes stay in the supervisor's hands."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import structlog
import uvicorn

log = structlog.get_logger(__name__)


class PortTakenError(Exception):
    """The port cannot be listened on."""

    def __init__(self, name: str, host: str, port: int, setting: str, why: str) -> None:
        super().__init__(name)
        self.safe_message = (
            f"{name} cannot listen on {host}:{port} ({why}). Stop what uses it, or set {setting} to a free port."
        )


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling; the supervisor stops it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """One listener. The port is bound at once, so that ``port`` is known (0 takes a free one)."""

    def __init__(self, name: str, config: uvicorn.Config, *, host: str, port: int, port_setting: str) -> None:
        self.name = name
        self._socket = _listen(name, host, port, port_setting)
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        self._server = _Server(config)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set; then take no more connections and finish running requests."""
        log.info("listening", component=self.name, host=self.host, port=self.port)
        serving = asyncio.create_task(self._server.serve(sockets=[self._socket]), name=f"{self.name} server")
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            self._server.should_exit = True
            await serving
        finally:
            stopping.cancel()
            self._server.should_exit = True
            self._socket.close()


def _listen(name: str, host: str, port: int, setting: str) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(512)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise PortTakenError(name, host, port, setting, error.strerror or "unknown host") from None
    listener.setblocking(False)
    return listener
