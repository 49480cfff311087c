"""Starts the platform's processes by forking, so that a killed one is back in a twentieth of the time.

A Python process of a service takes a second to import everything. This process has imported it, runs nothing, and
forks: each child becomes a service's role, the sandbox or the issuer, in a session of its own, with its own
environment and log. Its code is the one that ``python -m services.<name> <role>`` runs.

    python -m tests.faults.forker          reads orders, one JSON object a line; see `orders` and `forked`
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import sys
from typing import Any, NoReturn

from deploy.local.lifeline import PR_SET_PDEATHSIG
from shared.contracts.catalogue import RUNNING_SERVICES

PRELOADED = (
    *(f"services.{name}.app" for name in RUNNING_SERVICES),
    *("deploy.sandbox.bpjs.__main__", "deploy.local.issuer", "shared.service.main", "shared.messaging.crash"),
)
# What the libraries import when they are first used; one that is not there is not used either.
LAZY = (
    *("uvloop", "asyncpg", "sqlalchemy.dialects.postgresql.asyncpg", "greenlet", "python_multipart.multipart"),
    *("uvicorn.loops.uvloop", "uvicorn.protocols.http.httptools_impl", "uvicorn.lifespan.on", "uvicorn.lifespan.off"),
    *("fastapi.openapi.utils", "email.mime.text", "alembic.script", "anyio._backends._asyncio", "encodings.idna"),
    *("aiokafka.record._crecords", "cramjam", "faststream.kafka", "concurrent.futures.thread", "sqlite3"),
)


class Forker:
    """Takes orders from standard input and answers on standard output."""

    def __init__(self) -> None:
        self._children: set[int] = set()
        self._unread = b""
        self._woken, waker = os.pipe()
        os.set_blocking(waker, False)
        os.set_blocking(self._woken, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)

    def work(self) -> None:
        """Until standard input closes; then the children go."""
        _say({"ready": os.getpid()})
        while True:
            readable, _, _ = select.select([0, self._woken], [], [])
            if self._woken in readable:
                os.read(self._woken, 4096)
            self._bury()
            if 0 in readable and not self._read():
                break
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)

    def _read(self) -> bool:
        data = os.read(0, 65536)
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            self._obey(json.loads(line))
        return bool(data)

    def _obey(self, order: dict[str, Any]) -> None:
        if "start" in order:
            pid = os.fork()
            if pid == 0:
                _become(order)
            self._children.add(pid)
            _say({"started": order["start"], "pid": pid})
        elif order["pid"] in self._children:  # not buried yet, so the number is nobody else's
            os.kill(order["pid"], order["signal"])

    def _bury(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self._children.discard(pid)
            _say({"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _say(fact: dict[str, Any]) -> None:
    os.write(1, (json.dumps(fact) + "\n").encode())


def _become(order: dict[str, Any]) -> NoReturn:
    """The child's side: take its place in the world and run what was ordered."""
    code = 70
    try:
        _settle(order)
        code = _run(order["target"], order["arguments"], order["plants"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _settle(order: dict[str, Any]) -> None:
    parent = os.getppid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for source, place in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, place)
    os.closerange(3, 64)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir("/")


def _run(target: str, arguments: list[str], plants: list[str]) -> int:
    from shared.messaging import crash

    sys.argv = [target, *arguments]
    crash._ARMED = crash._armed()  # it was read when the forker started
    for plant in plants:
        module, _, name = plant.partition(":")
        getattr(importlib.import_module(module), name)(target, arguments)
    module, _, name = target.partition(":")
    thing = getattr(importlib.import_module(module), name)
    if name == "SERVICE":
        from shared.service import run

        return int(run(thing, arguments))
    return int(thing(arguments) or 0)


def main() -> None:
    """Import, then serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends when its owner closes the pipe
    for name in (*PRELOADED, *sys.argv[1:]):
        importlib.import_module(name)
    for name in LAZY:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    Forker().work()


if __name__ == "__main__":
    main()
