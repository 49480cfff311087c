"""The harness's side of the forker: order a process, learn its number, be told when and how it ended."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from deploy.local.errors import LocalRunError

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Program:
    """What to run. ``target`` is ``module:SERVICE`` with a role as argument, or ``module:main``.

    ``plants`` are functions ``module:name``, called in the new process with (target, arguments) before it begins.
    """

    target: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    plants: Sequence[str] = ()


@dataclass(frozen=True)
class Forked:
    """A running process. ``ended`` gives its exit code, negative for the signal that killed it."""

    pid: int
    ended: asyncio.Future[int] = field(repr=False)


class ForkedProcesses:
    """Owns one forker process; all its children end with it."""

    def __init__(self, log: Path, preload: Sequence[str] = ()) -> None:
        self._log = log
        self._preload = tuple(preload)
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Forked]] = {}
        self._alive: dict[int, Forked] = {}
        self._ready = asyncio.Event()
        self._number = 0

    async def __aenter__(self) -> Self:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PAYUNG_")}
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.faults.forker", *self._preload),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=PROJECT,
                env=kept,
                start_new_session=True,
            )
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._listening is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        await self._listening

    async def start(self, program: Program) -> Forked:
        """Start it; it runs when this returns, which does not mean that it is ready. The first waits for the forker.

        Raises:
            LocalRunError: the forker is gone.
        """
        assert self._listening is not None
        await self._ready.wait()
        if self._listening.done():
            raise LocalRunError(f"The forker of processes is gone. Look at {self._log}.")
        self._number += 1
        child: asyncio.Future[Forked] = asyncio.get_running_loop().create_future()
        self._waiting[self._number] = child
        self._order(
            {
                "start": self._number,
                "target": program.target,
                "arguments": list(program.arguments),
                "environment": dict(program.environment),
                "log": str(program.log),
                "plants": list(program.plants),
            }
        )
        return await child

    async def run(self, program: Program, timeout_s: float) -> int:
        """Run what ends by itself; gives its exit code, -9 after ``timeout_s``."""
        child = await self.start(program)
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.shield(child.ended)
        except TimeoutError:
            self.signal(child, 9)
            return await child.ended

    def signal(self, child: Forked, number: int) -> None:
        """Send a signal; one that is gone gets none, nor does whoever has its number now."""
        if not child.ended.done():
            self._order({"pid": child.pid, "signal": number})

    def _order(self, order: Mapping[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")

    async def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        loop = asyncio.get_running_loop()
        while line := await self._process.stdout.readline():
            fact = json.loads(line)
            if "ready" in fact:
                self._ready.set()
            elif "started" in fact:
                child = Forked(fact["pid"], loop.create_future())
                self._alive[child.pid] = child
                self._waiting.pop(fact["started"]).set_result(child)
            else:
                self._alive.pop(fact["ended"]).ended.set_result(fact["code"])
        for child in self._alive.values():
            child.ended.set_result(-9)
        for waiting in self._waiting.values():
            waiting.set_exception(LocalRunError(f"The forker of processes is gone. Look at {self._log}."))
        self._ready.set()
